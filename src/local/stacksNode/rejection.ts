/** Why the node does not take a transaction, in the words and the JSON of the Stacks node. */
export class Rejection extends Error {
  override name = "Rejection";
  private txid = "";

  constructor(
    /** The node's reason code, such as `BadNonce`. */
    readonly reason: string,
    readonly data?: Record<string, unknown>,
  ) {
    super(reason);
  }

  /** Names the transaction, once it is known. */
  of(txid: string): this {
    this.txid = txid;
    return this;
  }

  toJSON() {
    return {
      error: "transaction rejected",
      reason: this.reason,
      ...(this.data && { reason_data: this.data }),
      txid: this.txid.replace("0x", ""),
    };
  }
}
