;; BitHedge liquidity vault: holds the pooled STX and sBTC of all providers, and enforces the few rules that must
;; survive a broken or stolen backend. Whose money it is, is kept off-chain and proved against the events below.
;;
;; Differences from the requirement (seed 003, section 2), and why:
;; - withdraw-funds was open to anyone who left enough behind. Here it needs the authoriser's SIP-018 signature over
;;   vault, withdrawer, token, amount, id and expiry; each id pays once, and can be revoked before.
;; - settle-policy could be repeated, and paid whom and what the caller named. Here a policy is bought on signed terms:
;;   the buyer pays the premium and capital is locked behind it in one step (pay-premium). A settlement pays the
;;   registered buyer, once, at most what is locked. A lock is raised at most to the coverage of the terms, and
;;   released only after the time that they name. So locked collateral is kept by the contract, not optional.
;; - withdrawals and settlements each pass a leaky bucket per token, and the guardian can pause both: whoever steals
;;   the backend's keys gets at most the caps.
;; - the backend's one principal became four: the service acts, the authoriser signs, the guardian stops, the admin
;;   configures. After the launch nothing is loosened before 144 burn blocks in public view have passed.
;; - tokens are named by (optional ...): none is STX, so there is no STX pseudo-contract to spoof.
;; - deposit-funds carries a reference, the number of the commitment that it fulfils.
;; - users must call directly (tx-sender = contract-caller): no contract can move money in a signer's name.
;; - every event has a sequence and the state after it, so that a gap or a drift shows by itself.
;; - no deposit can precede the launch (set-sbtc-token-principal).

(define-trait sip-010 (
  (transfer (uint principal principal (optional (buff 34))) (response bool uint))
  (get-balance (principal) (response uint uint))
))

;; Errors: u200 to u206 are the requirement's, u207 and up are this contract's.
(define-constant err-not-authorized (err u200)) ;; the caller does not have the role that this needs
(define-constant err-insufficient-balance (err u201)) ;; more than balance - locked
(define-constant err-invalid-token-contract (err u202)) ;; neither STX nor the pinned sBTC, not the policy's, or not launched
(define-constant err-transfer-failed (err u203)) ;; the token refused the transfer
(define-constant err-already-initialized (err u204)) ;; the launch has happened
(define-constant err-lock-exceeds-available (err u205)) ;; more to lock than balance - locked
(define-constant err-unlock-exceeds-locked (err u206)) ;; a settlement above what the policy has locked
(define-constant err-indirect-call (err u207)) ;; called through another contract
(define-constant err-invalid-amount (err u208)) ;; zero, or 2^63 or more
(define-constant err-invalid-id (err u209)) ;; reference, policy id, authorisation id or release-after of 2^63 or more
(define-constant err-authorization-expired (err u210)) ;; block time has reached expires-at
(define-constant err-invalid-signature (err u211)) ;; not the authoriser's signature over exactly this call
(define-constant err-authorization-used (err u212)) ;; this id has been paid or revoked
(define-constant err-outflow-exceeds-cap (err u213)) ;; the bucket has no room for this amount now
(define-constant err-invalid-authoriser (err u214)) ;; not a compressed public key, or none set at the launch
(define-constant err-invalid-cap (err u215)) ;; 2^100 or more
(define-constant err-paused (err u216)) ;; withdrawals, settlements and premiums are stopped
(define-constant err-policy-exists (err u217)) ;; this policy id has been used
(define-constant err-policy-not-live (err u218)) ;; never bought, or settled, or released
(define-constant err-lock-exceeds-coverage (err u219)) ;; more to lock than the policy may ever pay
(define-constant err-coverage-exceeds-burst (err u220)) ;; more than one settlement could ever pay
(define-constant err-release-too-early (err u221)) ;; block time has not reached release-after
(define-constant err-no-surplus (err u222)) ;; the vault holds no more than it counts
(define-constant err-no-pending-change (err u223)) ;; nothing is scheduled
(define-constant err-change-too-early (err u224)) ;; the delay has not passed
(define-constant err-cap-not-lower (err u225)) ;; a higher cap has to be scheduled

;; Events: those that move money or locks carry the state of their token after them.
(define-constant event-funds-deposited "funds-deposited")
(define-constant event-funds-withdrawn "funds-withdrawn")
(define-constant event-premium-paid "premium-paid")
(define-constant event-collateral-locked "collateral-locked")
(define-constant event-collateral-released "collateral-released")
(define-constant event-settlement-paid "settlement-paid")
(define-constant event-surplus-absorbed "surplus-absorbed")
;; Those that configure have a sequence and no token.
(define-constant event-vault-launched "vault-launched")
(define-constant event-vault-paused "vault-paused")
(define-constant event-vault-unpaused "vault-unpaused")
(define-constant event-change-scheduled "change-scheduled")
(define-constant event-change-applied "change-applied")
(define-constant event-change-cancelled "change-cancelled")
(define-constant event-caps-lowered "caps-lowered")
(define-constant event-authorization-revoked "authorization-revoked")

(define-constant int64-limit (pow u2 u63)) ;; amounts, references and ids stay below, so that int64 can hold them
(define-constant cap-limit (pow u2 u100))
(define-constant window-blocks u144) ;; a cap holds in every window of this many burn blocks
(define-constant delay-blocks u144) ;; burn blocks between scheduling a change and applying it
(define-constant message-prefix ;; SIP-018: the standard's prefix and the hash of the domain
  (concat 0x534950303138
    (sha256 (unwrap-panic (to-consensus-buff? { name: "bithedge-vault", version: "1.0.0", chain-id: chain-id })))))
(define-constant no-key 0x000000000000000000000000000000000000000000000000000000000000000000) ;; signs nothing; the authoriser until one is set
(define-constant closed-account
  {
    balance: u0,
    locked: u0,
    withdrawals: { cap: u0, used-by-window: u0, drained-at: u0 },
    settlements: { cap: u0, used-by-window: u0, drained-at: u0 }
  })
(define-constant no-movement { paid-in: u0, withdrawn: u0, settled: u0, locked: u0, unlocked: u0, coverage: u0 })

(define-data-var config
  { admin: principal, service: principal, guardian: principal, authoriser: (buff 33), paused: bool }
  { admin: tx-sender, service: tx-sender, guardian: tx-sender, authoriser: no-key, paused: false })

;; What every event changes, in one variable: one read answers which tokens are known and all their numbers; the launch
;; sets sbtc-token. used-by-window is what a bucket holds, times window-blocks so that draining cap/2 over a window is
;; exact in whole numbers, as of burn block drained-at.
(define-data-var books
  {
    sequence: uint,
    sbtc-token: (optional principal),
    stx: {
      balance: uint,
      locked: uint,
      withdrawals: { cap: uint, used-by-window: uint, drained-at: uint },
      settlements: { cap: uint, used-by-window: uint, drained-at: uint }
    },
    sbtc: {
      balance: uint,
      locked: uint,
      withdrawals: { cap: uint, used-by-window: uint, drained-at: uint },
      settlements: { cap: uint, used-by-window: uint, drained-at: uint }
    }
  }
  { sequence: u0, sbtc-token: none, stx: closed-account, sbtc: closed-account })

;; One change at a time waits in public view for its delay; what is none in it stays as it is.
(define-data-var pending-change
  (optional {
    ready-at: uint,
    change: {
      admin: (optional principal),
      service: (optional principal),
      guardian: (optional principal),
      authoriser: (optional (buff 33)),
      caps: (optional { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } })
    }
  })
  none)

;; Ids of withdrawals that can't be paid any more.
(define-map used-authorizations uint { paid: bool })

;; A policy is live while it has something locked. It is never deleted, so no id is sold twice.
(define-map policies
  uint
  { buyer: principal, token: (optional principal), lock: uint, coverage: uint, release-after: uint })

;; Read-only

(define-read-only (get-vault-state)
  (merge (merge (var-get config) (var-get books))
    { pending-change: (var-get pending-change), held-stx: (stx-get-balance current-contract) }))

(define-read-only (get-total-stx-balance)
  (get balance (get stx (var-get books))))

(define-read-only (get-total-sbtc-balance)
  (get balance (get sbtc (var-get books))))

(define-read-only (get-total-stx-locked)
  (get locked (get stx (var-get books))))

(define-read-only (get-total-sbtc-locked)
  (get locked (get sbtc (var-get books))))

(define-read-only (get-sbtc-token-principal)
  (get sbtc-token (var-get books)))

;; The service.
(define-read-only (get-backend-principal)
  (get service (var-get config)))

(define-read-only (get-policy (policy-id uint))
  (map-get? policies policy-id))

(define-read-only (get-authorization-status (id uint))
  (let ((used (map-get? used-authorizations id)))
    { paid: (default-to false (get paid used)), revoked: (not (default-to true (get paid used))) }))

;; The caps, and how much can leave now beside what balance and locks allow; none for a token that is not accepted.
(define-read-only (get-bucket (token (optional principal)))
  (let ((account (get-account token)))
    (if (is-accepted token (get-sbtc-token-principal))
      (some {
        withdrawals: (level (get withdrawals account)),
        settlements: (level (get settlements account))
      })
      none)))

;; What the authoriser signs, by SIP-018: a withdrawal, and the terms of a policy.

(define-read-only (get-withdrawal-hash
    (withdrawer principal)
    (token (optional principal))
    (amount uint)
    (authorization { id: uint, expires-at: uint }))
  (signed-hash (unwrap-panic (to-consensus-buff? {
    vault: current-contract,
    withdrawer: withdrawer,
    token: token,
    amount: amount,
    id: (get id authorization),
    expires-at: (get expires-at authorization)
  }))))

(define-read-only (get-policy-hash
    (buyer principal)
    (policy-id uint)
    (token (optional principal))
    (premium uint)
    (terms { lock: uint, coverage: uint, release-after: uint, expires-at: uint }))
  (signed-hash (unwrap-panic (to-consensus-buff? {
    vault: current-contract,
    buyer: buyer,
    policy-id: policy-id,
    token: token,
    premium: premium,
    lock: (get lock terms),
    coverage: (get coverage terms),
    release-after: (get release-after terms),
    expires-at: (get expires-at terms)
  }))))

;; Guards and parts

(define-private (signed-hash (message (buff 1024)))
  (sha256 (concat message-prefix (sha256 message))))

(define-private (principal-of (token (optional <sip-010>)))
  (match token contract (some (contract-of contract)) none))

(define-private (is-accepted (token (optional principal)) (sbtc-token (optional principal)))
  (and (is-some sbtc-token) (or (is-none token) (is-eq token sbtc-token))))

;; Any contract gets sBTC's account: whether it is the pinned one is asked apart.
(define-private (get-account (token (optional principal)))
  (let ((current (var-get books)))
    (if (is-none token) (get stx current) (get sbtc current))))

(define-private (is-int64-amount (amount uint))
  (and (> amount u0) (< amount int64-limit)))

(define-private (burst (cap uint))
  (/ cap u2))

;; What a bucket still holds at burn block `now`; asking for the block here would cost a read each time.
(define-private (used-at (now uint) (bucket { cap: uint, used-by-window: uint, drained-at: uint }))
  (let (
      (used (get used-by-window bucket))
      (drain (* (burst (get cap bucket)) (- now (get drained-at bucket))))
    )
    (if (> used drain) (- used drain) u0)))

(define-private (level (bucket { cap: uint, used-by-window: uint, drained-at: uint }))
  (let ((full (* (burst (get cap bucket)) window-blocks)) (used (used-at burn-block-height bucket)))
    { cap: (get cap bucket), room: (if (> full used) (/ (- full used) window-blocks) u0) }))

(define-private (pour (amount uint) (bucket { cap: uint, used-by-window: uint, drained-at: uint }))
  (if (is-eq amount u0)
    (ok bucket)
    (let ((now burn-block-height) (used (+ (used-at now bucket) (* amount window-blocks))))
      (asserts! (<= used (* (burst (get cap bucket)) window-blocks)) err-outflow-exceeds-cap)
      (ok { cap: (get cap bucket), used-by-window: used, drained-at: now }))))

(define-private (with-cap (cap uint) (now uint) (bucket { cap: uint, used-by-window: uint, drained-at: uint }))
  { cap: cap, used-by-window: (used-at now bucket), drained-at: now })

;; All money passes here: checks a movement against the books, writes them, and gives the event that is to be printed.
;; Every use of a name costs by the size of its value, so what is used twice is bound by itself.
;; It comes before any transfer, so that a token that calls back finds the books as they will be; a transfer that
;; fails undoes it.
(define-private (post
    (event (string-ascii 19))
    (token (optional principal))
    (amount uint)
    (movement { paid-in: uint, withdrawn: uint, settled: uint, locked: uint, unlocked: uint, coverage: uint }))
  (let (
      (current (var-get books))
      (sequence (+ (get sequence current) u1))
      (account (if (is-none token) (get stx current) (get sbtc current)))
      (balance-before (get balance account))
      (locked-before (get locked account))
      (free (- balance-before locked-before))
      (settlements (get settlements account))
      (withdrawn (get withdrawn movement))
      (settled (get settled movement))
      (locking (get locked movement))
    )
    (asserts! (is-accepted token (get sbtc-token current)) err-invalid-token-contract)
    (asserts! (<= withdrawn free) err-insufficient-balance)
    (asserts! (<= locking free) err-lock-exceeds-available)
    (asserts! (<= (get coverage movement) (burst (get cap settlements))) err-coverage-exceeds-burst)
    (let (
        (balance (- (+ balance-before (get paid-in movement)) withdrawn settled))
        (locked (- (+ locked-before locking) (get unlocked movement)))
        (after {
          balance: balance,
          locked: locked,
          withdrawals: (try! (pour withdrawn (get withdrawals account))),
          settlements: (try! (pour settled settlements))
        })
      )
      (var-set books
        (if (is-none token)
          (merge current { sequence: sequence, stx: after })
          (merge current { sequence: sequence, sbtc: after })))
      (ok { event: event, sequence: sequence, token: token, amount: amount, balance: balance, locked: locked }))))

;; The number of an event that moves no money.
(define-private (next-sequence)
  (let ((current (var-get books)) (sequence (+ (get sequence current) u1)))
    (var-set books (merge current { sequence: sequence }))
    sequence))

;; Transfers

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

;; Policies

(define-private (live-policy (policy-id uint))
  (let ((policy (unwrap! (map-get? policies policy-id) err-policy-not-live)))
    (asserts! (> (get lock policy) u0) err-policy-not-live)
    (ok policy)))

;; What a batch does to one policy: the amount is what it adds to the locked total, or frees; not-before is the earliest
;; block time for it.

(define-private (raise-lock (target { policy-id: uint, amount: uint }))
  (let (
      (policy-id (get policy-id target))
      (policy (try! (live-policy policy-id)))
      (lock (get lock policy))
      (raised (if (> (get amount target) lock) (get amount target) lock))
    )
    (asserts! (<= raised (get coverage policy)) err-lock-exceeds-coverage)
    (map-set policies policy-id (merge policy { lock: raised }))
    (ok { policy-id: policy-id, amount: (- raised lock), token: (get token policy), not-before: u0 })))

(define-private (end-policy (policy-id uint))
  (let ((policy (try! (live-policy policy-id))))
    (map-set policies policy-id (merge policy { lock: u0 }))
    (ok {
      policy-id: policy-id,
      amount: (get lock policy),
      token: (get token policy),
      not-before: (get release-after policy)
    })))

;; Sums a batch up, or gives the first error in it.
(define-private (add-entry
    (entry (response { policy-id: uint, amount: uint, token: (optional principal), not-before: uint } uint))
    (batch (response { token: (optional principal), now: uint, amount: uint } uint)))
  (let ((done (try! batch)) (next (try! entry)))
    (asserts! (is-eq (get token next) (get token done)) err-invalid-token-contract)
    (asserts! (>= (get now done) (get not-before next)) err-release-too-early)
    (ok (merge done { amount: (+ (get amount done) (get amount next)) }))))

(define-private (sum-of
    (entries (list 50 (response { policy-id: uint, amount: uint, token: (optional principal), not-before: uint } uint)))
    (token (optional principal))
    (now uint))
  (ok (get amount (try! (fold add-entry entries (ok { token: token, now: now, amount: u0 }))))))

(define-private (printed (entry (response { policy-id: uint, amount: uint, token: (optional principal), not-before: uint } uint)))
  (let ((done (unwrap-panic entry)))
    { policy-id: (get policy-id done), amount: (get amount done) }))

;; Governance

(define-private (adopt
    (change {
      admin: (optional principal),
      service: (optional principal),
      guardian: (optional principal),
      authoriser: (optional (buff 33)),
      caps: (optional { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } })
    }))
  (let ((current (var-get config)))
    (var-set config (merge current {
      admin: (default-to (get admin current) (get admin change)),
      service: (default-to (get service current) (get service change)),
      guardian: (default-to (get guardian current) (get guardian change)),
      authoriser: (default-to (get authoriser current) (get authoriser change))
    }))
    (match (get caps change) caps (set-caps caps) true)
    (print { event: event-change-applied, sequence: (next-sequence), change: change })
    true))

(define-private (set-caps (caps { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } }))
  (let ((now burn-block-height) (current (var-get books)) (stx (get stx current)) (sbtc (get sbtc current)))
    (var-set books (merge current {
      stx: (merge stx {
        withdrawals: (with-cap (get withdrawals (get stx caps)) now (get withdrawals stx)),
        settlements: (with-cap (get settlements (get stx caps)) now (get settlements stx))
      }),
      sbtc: (merge sbtc {
        withdrawals: (with-cap (get withdrawals (get sbtc caps)) now (get withdrawals sbtc)),
        settlements: (with-cap (get settlements (get sbtc caps)) now (get settlements sbtc))
      })
    }))))

;; Schedules a change of roles, of the key that signs, or of the caps. It replaces the one that waits, and the delay
;; begins anew. Before the launch it applies at once. A cap bounds what may leave in any window of 144 burn blocks;
;; 0 closes.
(define-public (schedule-change
    (change {
      admin: (optional principal),
      service: (optional principal),
      guardian: (optional principal),
      authoriser: (optional (buff 33)),
      caps: (optional { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } })
    }))
  (let ((ready-at (+ burn-block-height delay-blocks)))
    (asserts! (is-eq contract-caller (get admin (var-get config))) err-not-authorized)
    (asserts! (match (get authoriser change) key (is-eq (len key) u33) true) err-invalid-authoriser)
    (asserts!
      (match (get caps change)
        caps
          (and
            (< (get withdrawals (get stx caps)) cap-limit)
            (< (get settlements (get stx caps)) cap-limit)
            (< (get withdrawals (get sbtc caps)) cap-limit)
            (< (get settlements (get sbtc caps)) cap-limit))
        true)
      err-invalid-cap)
    (if (is-none (get-sbtc-token-principal))
      (adopt change)
      (begin
        (var-set pending-change (some { ready-at: ready-at, change: change }))
        (print { event: event-change-scheduled, sequence: (next-sequence), change: change, ready-at: ready-at })
        true))
    (ok true)))

;; Anyone may, once the delay has passed; but an admin's successor takes over with its own hands, so that a mistyped
;; one can't leave the vault without an admin.
(define-public (apply-change)
  (let (
      (pending (unwrap! (var-get pending-change) err-no-pending-change))
      (change (get change pending))
    )
    (asserts! (>= burn-block-height (get ready-at pending)) err-change-too-early)
    (asserts! (match (get admin change) successor (is-eq contract-caller successor) true) err-not-authorized)
    (var-set pending-change none)
    (adopt change)
    (ok true)))

(define-public (cancel-change)
  (let ((current (var-get config)))
    (asserts!
      (or (is-eq contract-caller (get guardian current)) (is-eq contract-caller (get admin current)))
      err-not-authorized)
    (asserts! (is-some (var-get pending-change)) err-no-pending-change)
    (var-set pending-change none)
    (print { event: event-change-cancelled, sequence: (next-sequence) })
    (ok true)))

;; Lowers caps at once. A change of caps that waits is dropped, so that it can't raise them again.
(define-public (lower-caps (caps { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } }))
  (let ((current (var-get books)) (stx (get stx current)) (sbtc (get sbtc current)))
    (asserts! (is-eq contract-caller (get admin (var-get config))) err-not-authorized)
    (asserts!
      (and
        (<= (get withdrawals (get stx caps)) (get cap (get withdrawals stx)))
        (<= (get settlements (get stx caps)) (get cap (get settlements stx)))
        (<= (get withdrawals (get sbtc caps)) (get cap (get withdrawals sbtc)))
        (<= (get settlements (get sbtc caps)) (get cap (get settlements sbtc))))
      err-cap-not-lower)
    (match (var-get pending-change)
      pending (and (is-some (get caps (get change pending))) (var-set pending-change none))
      false)
    (set-caps caps)
    (print { event: event-caps-lowered, sequence: (next-sequence), caps: caps })
    (ok true)))

;; The launch, once: pins the sBTC token, and opens the vault.
(define-public (set-sbtc-token-principal (token <sip-010>))
  (let ((current (var-get config)) (sbtc-token (contract-of token)))
    (asserts! (is-eq contract-caller (get admin current)) err-not-authorized)
    (asserts! (is-none (get-sbtc-token-principal)) err-already-initialized)
    (asserts! (not (is-eq (get authoriser current) no-key)) err-invalid-authoriser)
    (var-set books (merge (var-get books) { sbtc-token: (some sbtc-token) }))
    (print { event: event-vault-launched, sequence: (next-sequence), sbtc-token: sbtc-token })
    (ok true)))

;; Stops withdrawals, settlements and premiums; deposits and releases go on.
(define-public (pause)
  (let ((current (var-get config)))
    (asserts!
      (or (is-eq contract-caller (get guardian current)) (is-eq contract-caller (get admin current)))
      err-not-authorized)
    (var-set config (merge current { paused: true }))
    (print { event: event-vault-paused, sequence: (next-sequence) })
    (ok true)))

(define-public (unpause)
  (let ((current (var-get config)))
    (asserts! (is-eq contract-caller (get admin current)) err-not-authorized)
    (var-set config (merge current { paused: false }))
    (print { event: event-vault-unpaused, sequence: (next-sequence) })
    (ok true)))

;; The withdrawal of this id, if it was ever signed, will never be paid.
(define-public (revoke-authorization (id uint))
  (let ((current (var-get config)))
    (asserts!
      (or (is-eq contract-caller (get service current)) (is-eq contract-caller (get guardian current)))
      err-not-authorized)
    (asserts! (< id int64-limit) err-invalid-id)
    (asserts! (map-insert used-authorizations id { paid: false }) err-authorization-used)
    (print { event: event-authorization-revoked, sequence: (next-sequence), id: id })
    (ok true)))

;; Money in and out, by the people whose it is

;; Anyone pays in. The reference names a commitment; the backend decides what the deposit counts for.
(define-public (deposit-funds (amount uint) (token (optional <sip-010>)) (reference uint))
  (begin
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (is-int64-amount amount) err-invalid-amount)
    (asserts! (< reference int64-limit) err-invalid-id)
    (print (merge
      (try! (post event-funds-deposited (principal-of token) amount (merge no-movement { paid-in: amount })))
      { depositor: tx-sender, reference: reference }))
    (asserts! (is-eq (take amount token) (ok true)) err-transfer-failed)
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
      (current (var-get config))
      (id (get id authorization))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (not (get paused current)) err-paused)
    (asserts! (is-int64-amount amount) err-invalid-amount)
    (asserts! (< id int64-limit) err-invalid-id)
    (asserts! (< stacks-block-time (get expires-at authorization)) err-authorization-expired)
    (asserts!
      (secp256k1-verify
        (get-withdrawal-hash withdrawer token-principal amount authorization)
        signature
        (get authoriser current))
      err-invalid-signature)
    (asserts! (map-insert used-authorizations id { paid: true }) err-authorization-used)
    (print (merge
      (try! (post event-funds-withdrawn token-principal amount (merge no-movement { withdrawn: amount })))
      { withdrawer: withdrawer, id: id }))
    (asserts! (is-eq (pay amount token withdrawer) (ok true)) err-transfer-failed)
    (ok true)))

;; The named buyer pays the premium of the terms that the authoriser signed, before block time reaches expires-at, and
;; capital that was free until now is locked behind the policy; or nothing happens. Times are in unix seconds.
(define-public (pay-premium
    (policy-id uint)
    (amount uint)
    (token (optional <sip-010>))
    (terms { lock: uint, coverage: uint, release-after: uint, expires-at: uint })
    (signature (buff 65)))
  (let (
      (buyer tx-sender)
      (token-principal (principal-of token))
      (current (var-get config))
      (lock (get lock terms))
      (coverage (get coverage terms))
      (release-after (get release-after terms))
    )
    (asserts! (is-eq tx-sender contract-caller) err-indirect-call)
    (asserts! (not (get paused current)) err-paused)
    (asserts! (and (is-int64-amount amount) (is-int64-amount lock) (is-int64-amount coverage)) err-invalid-amount)
    (asserts! (and (< policy-id int64-limit) (< release-after int64-limit)) err-invalid-id)
    (asserts! (<= lock coverage) err-lock-exceeds-coverage)
    (asserts! (< stacks-block-time (get expires-at terms)) err-authorization-expired)
    (asserts!
      (secp256k1-verify
        (get-policy-hash buyer policy-id token-principal amount terms)
        signature
        (get authoriser current))
      err-invalid-signature)
    (asserts!
      (map-insert policies policy-id
        { buyer: buyer, token: token-principal, lock: lock, coverage: coverage, release-after: release-after })
      err-policy-exists)
    (print (merge
      (try! (post event-premium-paid token-principal amount
        (merge no-movement { paid-in: amount, locked: lock, coverage: coverage })))
      { buyer: buyer, policy-id: policy-id, lock: lock, coverage: coverage, release-after: release-after }))
    (asserts! (is-eq (take amount token) (ok true)) err-transfer-failed)
    (ok true)))

;; Counts what was sent to the vault directly. The token is asked first: whatever it does, the books are read after.
(define-public (absorb-surplus (token (optional <sip-010>)))
  (let (
      (token-principal (principal-of token))
      (held (match token
        contract (unwrap! (contract-call? contract get-balance current-contract) err-transfer-failed)
        (stx-get-balance current-contract)))
      (counted (get balance (get-account token-principal)))
      (surplus (if (> held counted) (- held counted) u0))
    )
    (asserts! (> surplus u0) err-no-surplus)
    (print (try! (post event-surplus-absorbed token-principal surplus (merge no-movement { paid-in: surplus }))))
    (asserts! (is-int64-amount surplus) err-invalid-amount)
    (ok true)))

;; Money behind policies, by the service

;; Raises the locks of live policies to the given amounts; one that stands there or higher is left, so repeating a
;; batch is harmless.
(define-public (lock-collateral-aggregate
    (locks (list 50 { policy-id: uint, amount: uint }))
    (token (optional principal)))
  (begin
    (asserts! (is-eq contract-caller (get service (var-get config))) err-not-authorized)
    (let ((entries (map raise-lock locks)) (added (try! (sum-of entries token u0))))
      (print (merge
        (try! (post event-collateral-locked token added (merge no-movement { locked: added })))
        { policies: (map printed entries) }))
      (ok true))))

;; Ends policies that pay nothing, once block time has reached their release-after.
(define-public (release-collateral-aggregate (policy-ids (list 50 uint)) (token (optional principal)))
  (begin
    (asserts! (is-eq contract-caller (get service (var-get config))) err-not-authorized)
    (let ((entries (map end-policy policy-ids)) (freed (try! (sum-of entries token stacks-block-time))))
      (print (merge
        (try! (post event-collateral-released token freed (merge no-movement { unlocked: freed })))
        { policies: (map printed entries) }))
      (ok true))))

;; Pays the policy's registered buyer out of its lock, frees the rest of it, and ends the policy.
(define-public (settle-policy (policy-id uint) (amount uint) (token (optional <sip-010>)))
  (let ((current (var-get config)) (token-principal (principal-of token)))
    (asserts! (is-eq contract-caller (get service current)) err-not-authorized)
    (asserts! (not (get paused current)) err-paused)
    (asserts! (is-int64-amount amount) err-invalid-amount)
    (let (
        (policy (try! (live-policy policy-id)))
        (buyer (get buyer policy))
        (lock (get lock policy))
      )
      (asserts! (is-eq token-principal (get token policy)) err-invalid-token-contract)
      (asserts! (<= amount lock) err-unlock-exceeds-locked)
      (map-set policies policy-id (merge policy { lock: u0 }))
      (print (merge
        (try! (post event-settlement-paid token-principal amount (merge no-movement { settled: amount, unlocked: lock })))
        { policy-id: policy-id, buyer: buyer, unlocked: lock }))
      (asserts! (is-eq (pay amount token buyer) (ok true)) err-transfer-failed)
      (ok true))))
