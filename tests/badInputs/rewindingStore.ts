/**
 * A store that remembers what was committed since it was last asked, and can take it back: every input meets the same state,
 * and what one has changed can be looked at, document by document.
 */
import type { TableInfo } from "../../src/local/host/indexes";
import type { IndexWrite } from "../../src/local/host/keys";
import { Store } from "../../src/local/host/store";

/** A document as it was and as it is; null where there is none. */
export interface Change {
  component: string;
  table: string;
  id: string;
  before: string | null;
  after: string | null;
}

export class RewindingStore extends Store {
  /** What documents were before the first change of them, by their ids. */
  readonly #before = new Map<string, { table: TableInfo; json: string | null }>();

  override persist(table: TableInfo, id: string, json: string | null): IndexWrite[] {
    // Also where the transaction is then taken back: what is put back then is what is there.
    if (!this.#before.has(id)) this.#before.set(id, { table, json: this.document(id) });
    return super.persist(table, id, json);
  }

  changes(): Change[] {
    return [...this.#before].flatMap(([id, { table, json: before }]) => {
      const after = this.document(id);
      return after === before ? [] : [{ component: table.component, table: table.name, id, before, after }];
    });
  }

  /** From here on everything counts as it is now. */
  settle(): void {
    this.#before.clear();
  }

  /** No transaction may be under way. */
  rewind(): void {
    const changed = this.changes();
    if (changed.length > 0) {
      this.begin();
      for (const { id, before } of changed) {
        const table = this.#before.get(id)?.table;
        if (table) super.persist(table, id, before);
      }
      this.commit();
    }
    this.settle();
  }
}
