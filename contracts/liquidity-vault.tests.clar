;; Invariants of the vault for `npm run fuzz`, which appends this file to the contract and calls it at random.
;;
;; Every call goes through a help-* function below: it calls the vault's own public function as the same caller, and if
;; that succeeded, writes into a model what the vault's words say must have happened. What the call must not have been
;; able to do is noted as a breach, which stays. The invariants compare the vault with the model, and read the breaches.
;; The model shares the vault's constants and types, but none of its functions.
;;
;; The last arguments of help-launch, help-schedule, help-withdraw and help-buy (keys and signatures) are filled in by
;; src/local/fuzz, since chance does not sign.

;; The model

(define-data-var model-launches uint u0)
(define-data-var model-sequence uint u0)
(define-data-var model-config
  { admin: principal, service: principal, guardian: principal, authoriser: (buff 33), paused: bool }
  { admin: tx-sender, service: tx-sender, guardian: tx-sender, authoriser: no-key, paused: false })
(define-data-var model-caps
  { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } }
  { stx: { withdrawals: u0, settlements: u0 }, sbtc: { withdrawals: u0, settlements: u0 } })
(define-data-var model-pending
  (optional {
    since: uint,
    change: {
      admin: (optional principal),
      service: (optional principal),
      guardian: (optional principal),
      authoriser: (optional (buff 33)),
      caps: (optional { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } })
    }
  })
  none)
(define-map model-accounts bool { paid-in: uint, paid-out: uint, locked: uint })
(define-map model-used-ids uint { paid: bool })
(define-map model-policies
  uint
  { buyer: principal, with-sbtc: bool, lock: uint, coverage: uint, release-after: uint })
(define-data-var sold (list 500 uint) (list))

;; What left through each bucket, and each change of its cap as two entries of no amount.
(define-map model-outflows { with-sbtc: bool, settled: bool } (list 100 { height: uint, amount: uint, cap: uint }))

(define-map breaches (string-ascii 40) bool)

(define-private (must (holds bool) (name (string-ascii 40)))
  (or holds (map-set breaches name true)))

(define-read-only (unbroken (name (string-ascii 40)))
  (is-none (map-get? breaches name)))

;; Parts

(define-read-only (account-of (with-sbtc bool))
  (if with-sbtc (get sbtc (var-get books)) (get stx (var-get books))))

(define-read-only (model-account (with-sbtc bool))
  (default-to { paid-in: u0, paid-out: u0, locked: u0 } (map-get? model-accounts with-sbtc)))

(define-read-only (holding (owner principal) (with-sbtc bool))
  (if with-sbtc
    (unwrap-panic (contract-call? .sbtc-token get-balance owner))
    (stx-get-balance owner)))

(define-private (count-event)
  (var-set model-sequence (+ (var-get model-sequence) u1)))

(define-private (only (role principal))
  (must (is-eq tx-sender role) "each-role-its-own"))

(define-private (book (with-sbtc bool) (movement { paid-in: uint, paid-out: uint, locked: uint, unlocked: uint }))
  (let ((account (model-account with-sbtc)))
    (must (> (var-get model-launches) u0) "nothing-before-launch")
    (map-set model-accounts with-sbtc {
      paid-in: (+ (get paid-in account) (get paid-in movement)),
      paid-out: (+ (get paid-out account) (get paid-out movement)),
      locked: (- (+ (get locked account) (get locked movement)) (get unlocked movement))
    })
    (count-event)))

(define-constant still { paid-in: u0, paid-out: u0, locked: u0, unlocked: u0 })

(define-read-only (model-cap (with-sbtc bool) (settled bool))
  (let ((caps (if with-sbtc (get sbtc (var-get model-caps)) (get stx (var-get model-caps)))))
    (if settled (get settlements caps) (get withdrawals caps))))

(define-private (note-outflow (with-sbtc bool) (settled bool) (amount uint) (cap uint))
  (let (
      (bucket { with-sbtc: with-sbtc, settled: settled })
      (entries (default-to (list) (map-get? model-outflows bucket)))
      (kept (if (< (len entries) u100) entries (unwrap-panic (slice? entries u1 u100))))
    )
    (map-set model-outflows bucket
      (unwrap-panic (as-max-len? (append kept { height: burn-block-height, amount: amount, cap: cap }) u100)))))

(define-private (add-in-window
    (entry { height: uint, amount: uint, cap: uint })
    (sum { amount: uint, cap: uint }))
  (if (< (- burn-block-height (get height entry)) window-blocks)
    {
      amount: (+ (get amount sum) (get amount entry)),
      cap: (if (> (get cap entry) (get cap sum)) (get cap entry) (get cap sum))
    }
    sum))

;; The highest cap that the window saw bounds it.
(define-private (pay-out (with-sbtc bool) (settled bool) (amount uint))
  (let (
      (cap (model-cap with-sbtc settled))
      (noted (note-outflow with-sbtc settled amount cap))
      (sum (fold add-in-window
        (default-to (list) (map-get? model-outflows { with-sbtc: with-sbtc, settled: settled }))
        { amount: u0, cap: cap }))
      (account (account-of with-sbtc))
      (bucket (if settled (get settlements account) (get withdrawals account)))
    )
    (must (<= (get amount sum) (get cap sum)) (if settled "settlements-within-cap" "withdrawals-within-cap"))
    (must (<= (get used-by-window bucket) (* (/ cap u2) window-blocks)) "bucket-within-burst")
    (must (not (get paused (var-get model-config))) "nothing-leaves-while-paused")))

(define-private (model-set-caps
    (caps { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } }))
  (begin
    (note-outflow false false u0 (model-cap false false))
    (note-outflow false true u0 (model-cap false true))
    (note-outflow true false u0 (model-cap true false))
    (note-outflow true true u0 (model-cap true true))
    (note-outflow false false u0 (get withdrawals (get stx caps)))
    (note-outflow false true u0 (get settlements (get stx caps)))
    (note-outflow true false u0 (get withdrawals (get sbtc caps)))
    (note-outflow true true u0 (get settlements (get sbtc caps)))
    (var-set model-caps caps)))

(define-private (model-adopt
    (change {
      admin: (optional principal),
      service: (optional principal),
      guardian: (optional principal),
      authoriser: (optional (buff 33)),
      caps: (optional { stx: { withdrawals: uint, settlements: uint }, sbtc: { withdrawals: uint, settlements: uint } })
    }))
  (let ((current (var-get model-config)))
    (var-set model-config {
      admin: (default-to (get admin current) (get admin change)),
      service: (default-to (get service current) (get service change)),
      guardian: (default-to (get guardian current) (get guardian change)),
      authoriser: (default-to (get authoriser current) (get authoriser change)),
      paused: (get paused current)
    })
    (match (get caps change) caps (model-set-caps caps) true)))

;; A policy to act on: three times in four one of the last eight that were sold, as older ones have mostly ended.
(define-read-only (pick (chance uint))
  (let (
      (ids (var-get sold))
      (count (len ids))
      (span (if (or (< count u8) (is-eq (mod chance u4) u0)) count u8))
    )
    (if (is-eq count u0)
      chance
      (unwrap-panic (element-at? ids (- count u1 (mod (/ chance u4) span)))))))

;; The token of a policy, and now and then the other.
(define-read-only (is-in-sbtc (policy-id uint) (chance uint))
  (let ((in-sbtc (default-to false (get with-sbtc (map-get? model-policies policy-id)))))
    (if (is-eq (mod chance u16) u7) (not in-sbtc) in-sbtc)))

(define-read-only (token-of (with-sbtc bool))
  (if with-sbtc (some .sbtc-token) none))

(define-read-only (lock-of (policy-id uint))
  (default-to u0 (get lock (map-get? model-policies policy-id))))

;; Money in and out

(define-public (help-deposit (chance uint) (with-sbtc bool) (reference uint))
  (let ((amount (+ u1 (mod chance u900))) (before (holding tx-sender with-sbtc)))
    (if with-sbtc
      (try! (deposit-funds amount (some .sbtc-token) reference))
      (try! (deposit-funds amount none reference)))
    (must (is-eq (holding tx-sender with-sbtc) (- before amount)) "money-moves-as-told")
    (ok (book with-sbtc (merge still { paid-in: amount })))))

(define-public (help-deposit-unknown-token (amount uint) (reference uint))
  (begin
    (try! (deposit-funds amount (some .another-token) reference))
    (ok (must false "known-tokens-only"))))

(define-public (help-gift (chance uint) (with-sbtc bool))
  (let ((amount (+ u1 (mod chance u500))))
    (if with-sbtc
      (contract-call? .sbtc-token transfer amount tx-sender current-contract none)
      (stx-transfer? amount tx-sender current-contract))))

(define-public (help-absorb (with-sbtc bool))
  (let ((surplus (- (holding current-contract with-sbtc) (get balance (account-of with-sbtc)))))
    (if with-sbtc (try! (absorb-surplus (some .sbtc-token))) (try! (absorb-surplus none)))
    (ok (book with-sbtc (merge still { paid-in: surplus })))))

(define-public (help-withdraw
    (amount uint) (with-sbtc bool) (id uint) (expires-at uint)
    (key (buff 33)) (honest bool) (signature (buff 65)))
  (let (
      (authorization { id: id, expires-at: expires-at })
      (before (holding tx-sender with-sbtc))
      (account (account-of with-sbtc))
    )
    (if with-sbtc
      (try! (withdraw-funds amount (some .sbtc-token) authorization signature))
      (try! (withdraw-funds amount none authorization signature)))
    (must (and honest (is-eq key (get authoriser (var-get model-config)))) "only-what-is-signed")
    (must (< stacks-block-time expires-at) "nothing-expired")
    (must (map-insert model-used-ids id { paid: true }) "each-authorization-once")
    (must (<= amount (- (get balance account) (get locked account))) "locked-money-stays")
    (must (is-eq (holding tx-sender with-sbtc) (+ before amount)) "money-moves-as-told")
    (pay-out with-sbtc false amount)
    (ok (book with-sbtc (merge still { paid-out: amount })))))

(define-public (help-revoke (chance uint))
  (let ((id (mod chance u400)) (current (var-get model-config)))
    (try! (revoke-authorization id))
    (must (or (is-eq tx-sender (get guardian current)) (is-eq tx-sender (get service current))) "each-role-its-own")
    (must (map-insert model-used-ids id { paid: false }) "each-authorization-once")
    (ok (count-event))))

;; Policies

(define-public (help-buy
    (policy-id uint) (premium uint) (with-sbtc bool)
    (terms { lock: uint, coverage: uint, release-after: uint, expires-at: uint })
    (key (buff 33)) (honest bool) (signature (buff 65)))
  (let (
      (before (holding tx-sender with-sbtc))
      (account (account-of with-sbtc))
      (lock (get lock terms))
      (coverage (get coverage terms))
    )
    (asserts! (< (len (var-get sold)) u500) (err u0))
    (if with-sbtc
      (try! (pay-premium policy-id premium (some .sbtc-token) terms signature))
      (try! (pay-premium policy-id premium none terms signature)))
    (must (and honest (is-eq key (get authoriser (var-get model-config)))) "only-what-is-signed")
    (must (< stacks-block-time (get expires-at terms)) "nothing-expired")
    (must (not (get paused (var-get model-config))) "nothing-leaves-while-paused")
    (must (<= lock (- (get balance account) (get locked account))) "locked-money-stays")
    (must (<= lock coverage) "locks-within-coverage")
    (must (<= coverage (/ (model-cap with-sbtc true) u2)) "coverage-within-burst")
    (must (is-eq (holding tx-sender with-sbtc) (- before premium)) "money-moves-as-told")
    (must (is-none (map-get? model-policies policy-id)) "each-policy-sold-once")
    (map-set model-policies policy-id {
      buyer: tx-sender, with-sbtc: with-sbtc, lock: lock, coverage: coverage,
      release-after: (get release-after terms)
    })
    (var-set sold (unwrap-panic (as-max-len? (append (var-get sold) policy-id) u500)))
    (ok (book with-sbtc (merge still { paid-in: premium, locked: lock })))))

(define-private (model-raise (policy-id uint) (target uint) (with-sbtc bool))
  (let (
      (policy (unwrap-panic (map-get? model-policies policy-id)))
      (lock (get lock policy))
      (added (if (> target lock) (- target lock) u0))
    )
    (must (> lock u0) "each-policy-ends-once")
    (must (is-eq with-sbtc (get with-sbtc policy)) "policies-keep-their-token")
    (must (<= target (get coverage policy)) "locks-within-coverage")
    (map-set model-policies policy-id (merge policy { lock: (+ lock added) }))
    added))

(define-public (help-lock (first-chance uint) (second-chance uint) (target-chance uint))
  (let (
      (one (pick first-chance))
      (two (pick second-chance))
      (with-sbtc (is-in-sbtc one target-chance))
      (account (account-of with-sbtc))
      (target (mod target-chance (+ u2 (default-to u0 (get coverage (map-get? model-policies one))))))
      (alone (not (is-eq (is-in-sbtc two u0) with-sbtc)))
    )
    (try! (lock-collateral-aggregate
      (if alone
        (list { policy-id: one, amount: target })
        (list { policy-id: one, amount: target } { policy-id: two, amount: target }))
      (token-of with-sbtc)))
    (only (get service (var-get model-config)))
    (let ((added (+ (model-raise one target with-sbtc) (if alone u0 (model-raise two target with-sbtc)))))
      (must (<= added (- (get balance account) (get locked account))) "locked-money-stays")
      (ok (book with-sbtc (merge still { locked: added }))))))

(define-private (model-end (policy-id uint) (with-sbtc bool))
  (let ((policy (unwrap-panic (map-get? model-policies policy-id))))
    (must (> (get lock policy) u0) "each-policy-ends-once")
    (must (is-eq with-sbtc (get with-sbtc policy)) "policies-keep-their-token")
    (map-set model-policies policy-id (merge policy { lock: u0 }))
    (get lock policy)))

(define-private (model-release (policy-id uint) (with-sbtc bool))
  (begin
    (must
      (>= stacks-block-time (default-to u0 (get release-after (map-get? model-policies policy-id))))
      "no-early-release")
    (model-end policy-id with-sbtc)))

(define-public (help-release (first-chance uint) (second-chance uint))
  (let (
      (one (pick first-chance))
      (two (pick second-chance))
      (with-sbtc (is-in-sbtc one second-chance))
      (alone (or (is-eq (mod second-chance u2) u0) (not (is-eq (is-in-sbtc two u0) with-sbtc))))
    )
    (try! (release-collateral-aggregate (if alone (list one) (list one two)) (token-of with-sbtc)))
    (only (get service (var-get model-config)))
    (let ((freed (+ (model-release one with-sbtc) (if alone u0 (model-release two with-sbtc)))))
      (ok (book with-sbtc (merge still { unlocked: freed }))))))

(define-public (help-settle (chance uint) (amount-chance uint))
  (let (
      (policy-id (pick chance))
      (with-sbtc (is-in-sbtc policy-id chance))
      (lock (lock-of policy-id))
      (amount (+ u1 (mod amount-chance (+ lock u10))))
      (buyer (default-to tx-sender (get buyer (map-get? model-policies policy-id))))
      (before (holding buyer with-sbtc))
    )
    (if with-sbtc
      (try! (settle-policy policy-id amount (some .sbtc-token)))
      (try! (settle-policy policy-id amount none)))
    (only (get service (var-get model-config)))
    (must (<= amount lock) "settlements-within-lock")
    (must (is-eq (holding buyer with-sbtc) (+ before amount)) "money-moves-as-told")
    (pay-out with-sbtc true amount)
    (ok (book with-sbtc (merge still { paid-out: amount, unlocked: (model-end policy-id with-sbtc) })))))

;; Governance

(define-private (four-caps (one uint) (two uint))
  {
    stx: { withdrawals: (mod one u8000), settlements: (mod two u8000) },
    sbtc: { withdrawals: (+ u1 (mod two u8000)), settlements: (+ u1 (mod one u8000)) }
  })

(define-public (help-launch (service principal) (guardian principal) (key (buff 33)))
  (let (
      (change {
        admin: none, service: (some service), guardian: (some guardian), authoriser: (some key),
        caps: (some (four-caps u4000 u4400))
      })
    )
    (try! (schedule-change change))
    (try! (set-sbtc-token-principal .sbtc-token))
    (only (get admin (var-get model-config)))
    (var-set model-launches (+ (var-get model-launches) u1))
    (model-adopt change)
    (count-event)
    (ok (count-event))))

(define-public (help-launch-again)
  (begin
    (asserts! (> (var-get model-launches) u0) (err u0))
    (try! (set-sbtc-token-principal .another-token))
    (var-set model-launches (+ (var-get model-launches) u1))
    (ok (count-event))))

(define-public (help-schedule (kind uint) (who principal) (cap uint) (other-cap uint) (key (buff 33)))
  (let (
      (change {
        admin: (if (is-eq (mod kind u8) u0) (some who) none),
        service: (if (is-eq (mod kind u4) u1) (some who) none),
        guardian: (if (is-eq (mod kind u5) u2) (some who) none),
        authoriser: (if (is-eq (mod kind u7) u3) (some key) none),
        caps: (if (is-eq (mod kind u3) u0) none (some (four-caps cap other-cap)))
      })
    )
    (try! (schedule-change change))
    (only (get admin (var-get model-config)))
    (if (is-eq (var-get model-launches) u0)
      (model-adopt change)
      (var-set model-pending (some { since: burn-block-height, change: change })))
    (ok (count-event))))

(define-public (help-apply)
  (begin
    (try! (apply-change))
    (match (var-get model-pending)
      pending
        (begin
          (must (>= burn-block-height (+ (get since pending) delay-blocks)) "changes-wait")
          (match (get admin (get change pending)) successor (only successor) true)
          (model-adopt (get change pending)))
      (must false "dropped-changes-stay-dropped"))
    (var-set model-pending none)
    (ok (count-event))))

(define-public (help-cancel)
  (let ((current (var-get model-config)))
    (try! (cancel-change))
    (must (or (is-eq tx-sender (get guardian current)) (is-eq tx-sender (get admin current))) "each-role-its-own")
    (must (is-some (var-get model-pending)) "dropped-changes-stay-dropped")
    (var-set model-pending none)
    (ok (count-event))))

;; To three quarters or what they are, and now and then one too high, which must be refused.
(define-public (help-lower-caps (one uint) (two uint))
  (let (
      (stx (get stx (var-get model-caps)))
      (sbtc (get sbtc (var-get model-caps)))
      (excess (if (is-eq (mod one u4) u3) u1 u0))
      (withdrawals (+ (get withdrawals stx) (if (is-eq (mod two u2) u0) excess u0)))
      (caps {
        stx: { withdrawals: withdrawals, settlements: (/ (* (get settlements stx) (+ u3 (mod one u2))) u4) },
        sbtc: {
          withdrawals: (/ (* (get withdrawals sbtc) (+ u3 (mod two u2))) u4),
          settlements: (+ (get settlements sbtc) (if (is-eq (mod two u2) u1) excess u0))
        }
      })
    )
    (try! (lower-caps caps))
    (only (get admin (var-get model-config)))
    (must (is-eq excess u0) "changes-wait")
    (match (var-get model-pending)
      pending (if (is-some (get caps (get change pending))) (var-set model-pending none) true)
      true)
    (model-set-caps caps)
    (ok (count-event))))

;; Rarer than the way back, or most of a run would stand still.
(define-public (help-pause (chance uint))
  (let ((current (var-get model-config)))
    (asserts! (is-eq (mod chance u2) u0) (err u0))
    (try! (pause))
    (must (or (is-eq tx-sender (get guardian current)) (is-eq tx-sender (get admin current))) "each-role-its-own")
    (var-set model-config (merge current { paused: true }))
    (ok (count-event))))

(define-public (help-unpause)
  (let ((current (var-get model-config)))
    (try! (unpause))
    (only (get admin current))
    (var-set model-config (merge current { paused: false }))
    (ok (count-event))))

;; The vault against the model

(define-read-only (invariant-stx-held-covers-counted)
  (>= (stx-get-balance current-contract) (get balance (account-of false))))

(define-read-only (invariant-sbtc-held-covers-counted)
  (>= (holding current-contract true) (get balance (account-of true))))

(define-read-only (invariant-locked-within-balance)
  (and
    (<= (get locked (account-of false)) (get balance (account-of false)))
    (<= (get locked (account-of true)) (get balance (account-of true)))))

(define-read-only (balance-adds-up (with-sbtc bool))
  (let ((account (model-account with-sbtc)))
    (is-eq (get balance (account-of with-sbtc)) (- (get paid-in account) (get paid-out account)))))

(define-read-only (invariant-balance-is-in-minus-out)
  (and (balance-adds-up false) (balance-adds-up true)))

(define-read-only (invariant-locked-as-told)
  (and
    (is-eq (get locked (account-of false)) (get locked (model-account false)))
    (is-eq (get locked (account-of true)) (get locked (model-account true)))))

(define-read-only (add-lock (policy-id uint) (sum { stx: uint, sbtc: uint }))
  (let ((policy (unwrap-panic (map-get? policies policy-id))))
    (if (is-none (get token policy))
      (merge sum { stx: (+ (get stx sum) (get lock policy)) })
      (merge sum { sbtc: (+ (get sbtc sum) (get lock policy)) }))))

(define-read-only (invariant-locks-add-up)
  (is-eq
    (fold add-lock (var-get sold) { stx: u0, sbtc: u0 })
    { stx: (get locked (account-of false)), sbtc: (get locked (account-of true)) }))

(define-read-only (same-policy (policy-id uint) (same bool))
  (let ((policy (unwrap-panic (map-get? model-policies policy-id))))
    (and same
      (is-eq (map-get? policies policy-id) (some {
        buyer: (get buyer policy),
        token: (token-of (get with-sbtc policy)),
        lock: (get lock policy),
        coverage: (get coverage policy),
        release-after: (get release-after policy)
      })))))

(define-read-only (invariant-policies-as-sold)
  (fold same-policy (var-get sold) true))

(define-read-only (within-coverage (policy-id uint) (within bool))
  (let ((policy (unwrap-panic (map-get? policies policy-id))))
    (and within (<= (get lock policy) (get coverage policy)))))

(define-read-only (invariant-locks-within-coverage)
  (and (unbroken "locks-within-coverage") (fold within-coverage (var-get sold) true)))

(define-read-only (invariant-config-as-changed)
  (is-eq (var-get config) (var-get model-config)))

(define-read-only (caps-now)
  (let ((stx (account-of false)) (sbtc (account-of true)))
    {
      stx: { withdrawals: (get cap (get withdrawals stx)), settlements: (get cap (get settlements stx)) },
      sbtc: { withdrawals: (get cap (get withdrawals sbtc)), settlements: (get cap (get settlements sbtc)) }
    }))

(define-read-only (invariant-caps-as-changed)
  (is-eq (caps-now) (var-get model-caps)))

(define-read-only (invariant-pending-change-as-scheduled)
  (is-eq
    (match (var-get pending-change) pending (some (get change pending)) none)
    (match (var-get model-pending) pending (some (get change pending)) none)))

(define-read-only (invariant-sequence-counts-events)
  (is-eq (get sequence (var-get books)) (var-get model-sequence)))

(define-read-only (invariant-one-launch-one-token)
  (is-eq
    (get sbtc-token (var-get books))
    (if (is-eq (var-get model-launches) u0) none (token-of true))))

(define-read-only (room-within-burst (with-sbtc bool))
  (match (get-bucket (token-of with-sbtc))
    buckets
      (and
        (<= (get room (get withdrawals buckets)) (/ (model-cap with-sbtc false) u2))
        (<= (get room (get settlements buckets)) (/ (model-cap with-sbtc true) u2)))
    (is-eq (var-get model-launches) u0)))

(define-read-only (invariant-room-within-burst)
  (and (room-within-burst false) (room-within-burst true)))

;; What never happened

(define-read-only (invariant-bucket-within-burst) (unbroken "bucket-within-burst"))
(define-read-only (invariant-changes-wait) (unbroken "changes-wait"))
(define-read-only (invariant-coverage-within-burst) (unbroken "coverage-within-burst"))
(define-read-only (invariant-dropped-changes-stay-dropped) (unbroken "dropped-changes-stay-dropped"))
(define-read-only (invariant-each-authorization-once) (unbroken "each-authorization-once"))
(define-read-only (invariant-each-policy-ends-once) (unbroken "each-policy-ends-once"))
(define-read-only (invariant-each-policy-sold-once) (unbroken "each-policy-sold-once"))
(define-read-only (invariant-each-role-its-own) (unbroken "each-role-its-own"))
(define-read-only (invariant-known-tokens-only) (unbroken "known-tokens-only"))
(define-read-only (invariant-locked-money-stays) (unbroken "locked-money-stays"))
(define-read-only (invariant-money-moves-as-told) (unbroken "money-moves-as-told"))
(define-read-only (invariant-no-early-release) (unbroken "no-early-release"))
(define-read-only (invariant-nothing-before-launch) (unbroken "nothing-before-launch"))
(define-read-only (invariant-nothing-expired) (unbroken "nothing-expired"))
(define-read-only (invariant-nothing-leaves-while-paused) (unbroken "nothing-leaves-while-paused"))
(define-read-only (invariant-one-launch) (<= (var-get model-launches) u1))
(define-read-only (invariant-only-what-is-signed) (unbroken "only-what-is-signed"))
(define-read-only (invariant-policies-keep-their-token) (unbroken "policies-keep-their-token"))
(define-read-only (invariant-settlements-within-cap) (unbroken "settlements-within-cap"))
(define-read-only (invariant-settlements-within-lock) (unbroken "settlements-within-lock"))
(define-read-only (invariant-withdrawals-within-cap) (unbroken "withdrawals-within-cap"))
