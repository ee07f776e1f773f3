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
(define-constant err-invalid-amount (err u208)) ;; zero, or 2^63 or more
(define-constant err-invalid-id (err u209)) ;; reference or authorisation id of 2^63 or more
(define-constant err-authorization-expired (err u210)) ;; block time has reached expires-at
(define-constant err-invalid-signature (err u211)) ;; not the authoriser's signature over exactly this withdrawal
(define-constant err-authorization-used (err u212)) ;; this id has been paid
(define-constant err-outflow-exceeds-cap (err u213)) ;; the bucket has no room for this amount now
(define-constant err-invalid-authoriser (err u214)) ;; not a compressed public key, or none set at the launch
(define-constant err-invalid-cap (err u215)) ;; 2^100 or more

(define-constant int64-limit (pow u2 u63)) ;; amounts, references and ids stay below, so that int64 can hold them
(define-constant cap-limit (pow u2 u100))
(define-constant window-blocks u144) ;; a cap holds in every window of this many burn blocks
(define-constant sip018-prefix 0x534950303138)
(define-constant domain-hash
  (sha256 (unwrap-panic (to-consensus-buff? { name: "bithedge-vault", version: "1.0.0", chain-id: chain-id }))))

(define-data-var config
  { admin: principal, authoriser: (buff 33) }
  { admin: tx-sender, authoriser: 0x })

;; What every event changes, in one variable: one read answers which tokens are known and all their numbers. The
;; accounts open at the launch. used-by-window is what an account's bucket holds, times window-blocks so that draining
;; cap/2 over a window is exact in whole numbers, as of burn block drained-at.
(define-data-var books
  {
    sequence: uint,
    sbtc-token: (optional principal),
    stx: (optional { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint }),
    sbtc: (optional { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint })
  }
  { sequence: u0, sbtc-token: none, stx: none, sbtc: none })

(define-map paid-authorizations uint bool)

;; Read-only

(define-read-only (get-vault-state)
  (merge (var-get books) { held-stx: (stx-get-balance current-contract) }))

(define-read-only (get-total-stx-balance)
  (default-to u0 (get balance (get stx (var-get books)))))

(define-read-only (get-total-sbtc-balance)
  (default-to u0 (get balance (get sbtc (var-get books)))))

(define-read-only (get-sbtc-token-principal)
  (get sbtc-token (var-get books)))

;; How much can leave now, beside what balance - locked allows.
(define-read-only (get-bucket (token (optional principal)))
  (match (account-of token)
    account
      (let ((used (get used-by-window (drained account))) (burst (burst-by-window (get withdrawal-cap account))))
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

(define-private (account-of (token (optional principal)))
  (let ((current (var-get books)))
    (if (is-none token)
      (get stx current)
      (if (is-eq token (get sbtc-token current)) (get sbtc current) none))))

(define-private (drained (account { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint }))
  (let (
      (now burn-block-height)
      (used (get used-by-window account))
      (drain (* (/ (get withdrawal-cap account) u2) (- now (get drained-at account))))
    )
    (merge account { used-by-window: (if (> used drain) (- used drain) u0), drained-at: now })))

(define-private (burst-by-window (cap uint))
  (* (/ cap u2) window-blocks))

;; Both number the event that is about to be printed. Money is recorded before it moves, so that a token that calls
;; back finds the books as they will be; a transfer that fails undoes them.
(define-private (record
    (token (optional principal))
    (account { balance: uint, locked: uint, withdrawal-cap: uint, used-by-window: uint, drained-at: uint }))
  (let ((current (var-get books)) (sequence (+ (get sequence current) u1)))
    (var-set books (merge current (if (is-none token)
      { sequence: sequence, stx: (some account), sbtc: (get sbtc current) }
      { sequence: sequence, stx: (get stx current), sbtc: (some account) })))
    sequence))

(define-private (next-sequence)
  (let ((current (var-get books)) (sequence (+ (get sequence current) u1)))
    (var-set books (merge current { sequence: sequence }))
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
    (asserts! (is-none (get-sbtc-token-principal)) err-already-initialized)
    (asserts! (is-eq (len public-key) u33) err-invalid-authoriser)
    (var-set config (merge current { authoriser: public-key }))
    (print { event: "authoriser-changed", sequence: (next-sequence), authoriser: public-key })
    (ok true)))

;; The launch, once: pins the sBTC token and opens the accounts of both tokens with their withdrawal caps.
;; A cap bounds what may leave in any window of 144 burn blocks; 0 closes withdrawals.
(define-public (set-sbtc-token-principal (token principal) (withdrawal-caps { stx: uint, sbtc: uint }))
  (let (
      (current (var-get config))
      (account { balance: u0, locked: u0, withdrawal-cap: u0, used-by-window: u0, drained-at: burn-block-height })
    )
    (asserts! (is-eq contract-caller (get admin current)) err-not-authorized)
    (asserts! (is-none (get-sbtc-token-principal)) err-already-initialized)
    (asserts! (is-eq (len (get authoriser current)) u33) err-invalid-authoriser)
    (asserts! (and (< (get stx withdrawal-caps) cap-limit) (< (get sbtc withdrawal-caps) cap-limit)) err-invalid-cap)
    (var-set books (merge (var-get books) {
      sbtc-token: (some token),
      stx: (some (merge account { withdrawal-cap: (get stx withdrawal-caps) })),
      sbtc: (some (merge account { withdrawal-cap: (get sbtc withdrawal-caps) }))
    }))
    (print { event: "vault-launched", sequence: (next-sequence), sbtc-token: token, withdrawal-caps: withdrawal-caps })
    (ok true)))

;; Money

;; Anyone pays in. The reference names a commitment; the backend decides what the deposit counts for.
(define-public (deposit-funds (amount uint) (token (optional <sip-010>)) (reference uint))
  (let (
      (token-principal (principal-of token))
      (account (unwrap! (account-of token-principal) err-invalid-token-contract))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (and (> amount u0) (< amount int64-limit)) err-invalid-amount)
    (asserts! (< reference int64-limit) err-invalid-id)
    (let ((after (merge account { balance: (+ (get balance account) amount) })))
      (print {
        event: "funds-deposited",
        sequence: (record token-principal after),
        token: token-principal,
        amount: amount,
        balance: (get balance after),
        locked: (get locked after),
        depositor: tx-sender,
        reference: reference
      })
      (asserts! (is-eq (take amount token) (ok true)) err-transfer-failed)
      (ok true))))

;; The named withdrawer draws what the authoriser signed, once, before block time reaches expires-at.
(define-public (withdraw-funds
    (amount uint)
    (token (optional <sip-010>))
    (authorization { id: uint, expires-at: uint })
    (signature (buff 65)))
  (let (
      (withdrawer tx-sender)
      (token-principal (principal-of token))
      (account (drained (unwrap! (account-of token-principal) err-invalid-token-contract)))
      (id (get id authorization))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (and (> amount u0) (< amount int64-limit)) err-invalid-amount)
    (asserts! (< id int64-limit) err-invalid-id)
    (asserts! (< stacks-block-time (get expires-at authorization)) err-authorization-expired)
    (asserts!
      (secp256k1-verify
        (get-withdrawal-hash withdrawer token-principal amount authorization)
        signature
        (get authoriser (var-get config)))
      err-invalid-signature)
    (asserts! (map-insert paid-authorizations id true) err-authorization-used)
    (asserts! (<= amount (- (get balance account) (get locked account))) err-insufficient-balance)
    (let ((after (merge account {
        balance: (- (get balance account) amount),
        used-by-window: (+ (get used-by-window account) (* amount window-blocks))
      })))
      (asserts! (<= (get used-by-window after) (burst-by-window (get withdrawal-cap after))) err-outflow-exceeds-cap)
      (print {
        event: "funds-withdrawn",
        sequence: (record token-principal after),
        token: token-principal,
        amount: amount,
        balance: (get balance after),
        locked: (get locked after),
        withdrawer: withdrawer,
        id: id
      })
      (asserts! (is-eq (pay amount token withdrawer) (ok true)) err-transfer-failed)
      (ok true))))
