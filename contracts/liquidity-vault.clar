;; BitHedge liquidity vault: holds the pooled STX and sBTC of all providers, and enforces the few rules that must
;; survive a broken or stolen backend. Whose money it is, is kept off-chain and proved against the events below.
;;
;; Differences from the requirement (seed 003, section 2), and why:
;; - withdraw-funds was open to anyone who left enough behind. Here it needs the authoriser's SIP-018 signature over
;;   vault, withdrawer, token, amount, id and expiry; each id works once; and a leaky bucket bounds what can leave.
;; - tokens are named by (optional ...): none is STX, so there is no STX pseudo-contract to spoof.
;; - deposit-funds carries a reference, the number of the commitment that it fulfils.
;; - users must call directly (tx-sender = contract-caller): no contract can deposit or withdraw in a signer's name.
;; - every event has a sequence and the state after it, so that a gap or a drift shows by itself.
;; - the launch (set-sbtc-token-principal) creates the accounts of both tokens, so no deposit can precede it.

(define-trait sip-010
  ((transfer (uint principal principal (optional (buff 34))) (response bool uint))))

;; Errors: u200 to u206 are the requirement's, u207 and up are this contract's.
(define-constant err-not-authorized (err u200)) ;; the caller is not the admin
(define-constant err-insufficient-balance (err u201)) ;; more than balance - locked
(define-constant err-invalid-token-contract (err u202)) ;; neither STX nor the pinned sBTC, or not launched yet
(define-constant err-transfer-failed (err u203)) ;; the token refused the transfer
(define-constant err-already-initialized (err u204)) ;; the launch has happened
(define-constant err-indirect-call (err u207)) ;; called through another contract
(define-constant err-invalid-amount (err u208)) ;; zero
(define-constant err-invalid-id (err u209)) ;; reference or authorisation id of 2^63 or more
(define-constant err-authorization-expired (err u210)) ;; block time has reached expires-at
(define-constant err-invalid-signature (err u211)) ;; not the authoriser's signature over exactly this withdrawal
(define-constant err-authorization-used (err u212)) ;; this id has been paid
(define-constant err-outflow-exceeds-cap (err u213)) ;; the bucket has no room for this amount now
(define-constant err-invalid-authoriser (err u214)) ;; not a compressed public key, or none set at the launch
(define-constant err-invalid-cap (err u215)) ;; 2^100 or more

(define-constant id-limit (pow u2 u63)) ;; references and ids stay below, so that off-chain int64 can hold them
(define-constant cap-limit (pow u2 u100))
(define-constant window-blocks u144) ;; a cap holds in every window of this many burn blocks
(define-constant sip018-prefix 0x534950303138)
(define-constant domain-hash
  (sha256 (unwrap-panic (to-consensus-buff? { name: "bithedge-vault", version: "1.0.0", chain-id: chain-id }))))

(define-data-var config
  { admin: principal, authoriser: (buff 33), sbtc: (optional principal) }
  { admin: tx-sender, authoriser: 0x, sbtc: none })

(define-data-var last-sequence uint u0)

;; One account a token; none is STX. used-by-window is what the bucket holds, times window-blocks so that draining
;; cap/2 over a window is exact in whole numbers, as of burn block drained-at.
(define-map accounts (optional principal)
  { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint })

(define-map paid-authorizations uint bool)

;; Read-only

(define-read-only (get-vault-state)
  (let ((sbtc (get sbtc (var-get config))))
    {
      sequence: (var-get last-sequence),
      held-stx: (stx-get-balance current-contract),
      sbtc-token: sbtc,
      stx: (map-get? accounts none),
      sbtc: (if (is-some sbtc) (map-get? accounts sbtc) none)
    }))

(define-read-only (get-total-stx-balance)
  (default-to u0 (get balance (map-get? accounts none))))

(define-read-only (get-total-sbtc-balance)
  (match (get sbtc (var-get config)) token (default-to u0 (get balance (map-get? accounts (some token)))) u0))

(define-read-only (get-sbtc-token-principal)
  (get sbtc (var-get config)))

;; How much can leave now, beside what balance - locked allows.
(define-read-only (get-bucket (token (optional principal)))
  (match (map-get? accounts token)
    account
      (let ((used (drained account)) (burst (burst-by-window account)))
        (some {
          cap: (get withdrawal-cap account),
          room: (if (> burst used) (/ (- burst used) window-blocks) u0)
        }))
    none))

(define-read-only (get-authorization-status (id uint))
  { paid: (is-some (map-get? paid-authorizations id)) })

;; What the authoriser signs, by SIP-018.
(define-read-only (get-withdrawal-hash
    (withdrawer principal)
    (token (optional principal))
    (amount uint)
    (authorization { id: uint, expires-at: uint }))
  (sha256 (concat (concat sip018-prefix domain-hash)
    (sha256 (unwrap-panic (to-consensus-buff? {
      vault: current-contract,
      withdrawer: withdrawer,
      token: token,
      amount: amount,
      id: (get id authorization),
      expires-at: (get expires-at authorization)
    }))))))

;; Guards and parts

(define-private (principal-of (token (optional <sip-010>)))
  (match token contract (some (contract-of contract)) none))

(define-private (drained (account { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint }))
  (let ((drain (* (/ (get withdrawal-cap account) u2) (- burn-block-height (get drained-at account)))))
    (if (> (get used-by-window account) drain) (- (get used-by-window account) drain) u0)))

(define-private (burst-by-window (account { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint }))
  (* (/ (get withdrawal-cap account) u2) window-blocks))

(define-private (next-sequence)
  (let ((sequence (+ (var-get last-sequence) u1)))
    (var-set last-sequence sequence)
    sequence))

(define-private (take (amount uint) (token (optional <sip-010>)))
  (match token
    contract (contract-call? contract transfer amount tx-sender current-contract none)
    (stx-transfer? amount tx-sender current-contract)))

(define-private (pay (amount uint) (token (optional <sip-010>)) (recipient principal))
  (match token
    contract
      (as-contract? ((with-ft (contract-of contract) "sbtc-token" amount))
        (unwrap! (contract-call? contract transfer amount current-contract recipient none) err-transfer-failed))
    (as-contract? ((with-stx amount))
      (unwrap! (stx-transfer? amount current-contract recipient) err-transfer-failed))))

;; Governance

;; The key that signs withdrawals. Before the launch only.
(define-public (set-authoriser (public-key (buff 33)))
  (let ((current (var-get config)))
    (asserts! (is-eq contract-caller (get admin current)) err-not-authorized)
    (asserts! (is-none (get sbtc current)) err-already-initialized)
    (asserts! (is-eq (len public-key) u33) err-invalid-authoriser)
    (var-set config (merge current { authoriser: public-key }))
    (print { event: "authoriser-changed", sequence: (next-sequence), authoriser: public-key })
    (ok true)))

;; The launch, once: pins the sBTC token and opens the accounts of both tokens with their withdrawal caps.
;; A cap bounds what may leave in any window of 144 burn blocks; 0 closes withdrawals.
(define-public (set-sbtc-token-principal (token principal) (withdrawal-caps { stx: uint, sbtc: uint }))
  (let ((current (var-get config)))
    (asserts! (is-eq contract-caller (get admin current)) err-not-authorized)
    (asserts! (is-none (get sbtc current)) err-already-initialized)
    (asserts! (is-eq (len (get authoriser current)) u33) err-invalid-authoriser)
    (asserts! (and (< (get stx withdrawal-caps) cap-limit) (< (get sbtc withdrawal-caps) cap-limit)) err-invalid-cap)
    (var-set config (merge current { sbtc: (some token) }))
    (map-set accounts none
      { balance: u0, locked: u0, withdrawal-cap: (get stx withdrawal-caps), used-by-window: u0, drained-at: burn-block-height })
    (map-set accounts (some token)
      { balance: u0, locked: u0, withdrawal-cap: (get sbtc withdrawal-caps), used-by-window: u0, drained-at: burn-block-height })
    (print { event: "vault-launched", sequence: (next-sequence), sbtc-token: token, withdrawal-caps: withdrawal-caps })
    (ok true)))

;; Money

;; Anyone pays in. The reference names a commitment; the backend decides what the deposit counts for.
(define-public (deposit-funds (amount uint) (token (optional <sip-010>)) (reference uint))
  (let (
      (token-principal (principal-of token))
      (account (unwrap! (map-get? accounts token-principal) err-invalid-token-contract))
      (balance (+ (get balance account) amount))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (> amount u0) err-invalid-amount)
    (asserts! (< reference id-limit) err-invalid-id)
    (unwrap! (take amount token) err-transfer-failed)
    (map-set accounts token-principal (merge account { balance: balance }))
    (print {
      event: "funds-deposited",
      sequence: (next-sequence),
      token: token-principal,
      amount: amount,
      balance: balance,
      locked: (get locked account),
      depositor: tx-sender,
      reference: reference
    })
    (ok true)))

;; The named withdrawer draws what the authoriser signed, once, before block time reaches expires-at.
(define-public (withdraw-funds
    (amount uint)
    (token (optional <sip-010>))
    (authorization { id: uint, expires-at: uint })
    (signature (buff 65)))
  (let (
      (withdrawer tx-sender)
      (token-principal (principal-of token))
      (account (unwrap! (map-get? accounts token-principal) err-invalid-token-contract))
      (used (+ (drained account) (* amount window-blocks)))
      (id (get id authorization))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (> amount u0) err-invalid-amount)
    (asserts! (< id id-limit) err-invalid-id)
    (asserts! (< stacks-block-time (get expires-at authorization)) err-authorization-expired)
    (asserts!
      (secp256k1-verify
        (get-withdrawal-hash withdrawer token-principal amount authorization)
        signature
        (get authoriser (var-get config)))
      err-invalid-signature)
    (asserts! (map-insert paid-authorizations id true) err-authorization-used)
    (asserts! (<= amount (- (get balance account) (get locked account))) err-insufficient-balance)
    (asserts! (<= used (burst-by-window account)) err-outflow-exceeds-cap)
    (unwrap! (pay amount token withdrawer) err-transfer-failed)
    (map-set accounts token-principal (merge account {
      balance: (- (get balance account) amount),
      used-by-window: used,
      drained-at: burn-block-height
    }))
    (print {
      event: "funds-withdrawn",
      sequence: (next-sequence),
      token: token-principal,
      amount: amount,
      balance: (- (get balance account) amount),
      locked: (get locked account),
      withdrawer: withdrawer,
      id: id
    })
    (ok true)))
