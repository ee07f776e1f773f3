;; A SIP-010 token for local networks and tests. Its asset has the name of the real sBTC's, which the vault's
;; allowances name; its transfer rule is the real one's too. Only its deployer mints.

(define-fungible-token sbtc-token)

(define-constant err-not-owner (err u4))
(define-constant err-not-minter (err u100))
(define-constant minter tx-sender)

(define-public (transfer (amount uint) (sender principal) (recipient principal) (memo (optional (buff 34))))
  (begin
    (asserts! (or (is-eq tx-sender sender) (is-eq contract-caller sender)) err-not-owner)
    (try! (ft-transfer? sbtc-token amount sender recipient))
    (match memo bytes (print bytes) 0x)
    (ok true)))

(define-public (mint (amount uint) (recipient principal))
  (begin
    (asserts! (is-eq contract-caller minter) err-not-minter)
    (ft-mint? sbtc-token amount recipient)))

(define-read-only (get-name) (ok "sBTC (local)"))
(define-read-only (get-symbol) (ok "sBTC"))
(define-read-only (get-decimals) (ok u8))
(define-read-only (get-balance (owner principal)) (ok (ft-get-balance sbtc-token owner)))
(define-read-only (get-total-supply) (ok (ft-get-supply sbtc-token)))
(define-read-only (get-token-uri) (ok none))
