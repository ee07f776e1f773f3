/** Why the node does not take a transaction, in the words of the Stacks node. */
export class Rejection extends Error {
  override name = "Rejection";

  constructor(
    /** The node's reason code, such as `BadNonce`. */
    readonly reason: string,
    readonly data?: Record<string, unknown>,
  ) {
    super(reason);
  }
}
