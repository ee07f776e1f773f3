/** Which database indexes a push adds and removes, as the CLI prints it. */
import { z } from "zod";

const exportedSchema = z.object({
  tables: z.array(
    z.object({
      tableName: z.string(),
      indexes: z.array(z.object({ indexDescriptor: z.string(), fields: z.array(z.string()) })),
    }),
  ),
});

interface DatabaseIndex {
  type: "database";
  name: string;
  fields: string[];
}

export interface SchemaDiff {
  added: DatabaseIndex[];
  removed: DatabaseIndex[];
}

function indexesOf(schema: unknown): Map<string, DatabaseIndex> {
  const indexes = new Map<string, DatabaseIndex>();
  if (schema === null) return indexes;
  for (const { tableName, indexes: declared } of exportedSchema.parse(schema).tables) {
    for (const { indexDescriptor, fields } of declared) {
      const name = `${tableName}.${indexDescriptor}`;
      indexes.set(JSON.stringify([name, fields]), { type: "database", name, fields });
    }
  }
  return indexes;
}

export function diffSchemas(before: unknown, after: unknown): SchemaDiff {
  const [old, wanted] = [indexesOf(before), indexesOf(after)];
  return {
    added: [...wanted].filter(([key]) => !old.has(key)).map(([, index]) => index),
    removed: [...old].filter(([key]) => !wanted.has(key)).map(([, index]) => index),
  };
}
