/** The API's own description (OpenAPI 3.1), made of what the routes are made of. */
import { z } from "zod";
import { publicRoute, type Route } from "./route";

type Json = Record<string, unknown>;

const schemaOf = (shape: z.ZodType) => {
  const { $schema, ...schema } = z.toJSONSchema(shape, { io: "output" });
  return schema as Json;
};

const problem = {
  description: "What is wrong (RFC 9457): `code` is stable, `detail` says what to do.",
  content: {
    "application/problem+json": {
      schema: {
        type: "object",
        properties: {
          type: { type: "string" },
          title: { type: "string" },
          status: { type: "integer" },
          detail: { type: "string" },
          code: { type: "string" },
        },
        required: ["type", "title", "status", "detail", "code"],
      },
    },
  },
};

function parametersIn(place: "path" | "query", shape: z.ZodObject): Json[] {
  return Object.entries(shape.shape).map(([name, value]) => {
    const schema = schemaOf(value as z.ZodType);
    const required = !(value as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, schema };
  });
}

function operationOf({ summary, inPath, inQuery, answers, statuses, isOwn }: Route): Json {
  const content = Object.fromEntries(
    Object.entries(answers).map(([type, shape]) => [type, { schema: schemaOf(shape) }]),
  );
  const answer = { description: summary, content };
  return {
    summary,
    parameters: [...parametersIn("path", inPath), ...parametersIn("query", inQuery)],
    ...(isOwn && { security: [{ session: [] }] }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, answer])),
      default: { $ref: "#/components/responses/problem" },
    },
  };
}

function documentOf(routes: Route[]): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "BitHedge Liquidity",
      version: "1",
      description:
        "Reads only. Amounts are decimal strings of base units (micro-STX, satoshis), prices of micro-dollars; times are " +
        "RFC 3339 in UTC. An unknown or repeated query parameter is refused.",
    },
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      responses: { problem },
      securitySchemes: { session: { type: "http", scheme: "bearer" } },
    },
  };
}

/** The route that shows all of these, and itself. */
export function documentRoute(others: Route[]): Route {
  const own: Route = publicRoute({
    path: "/v1/openapi.json",
    summary: "This description.",
    answer: z.record(z.string(), z.unknown()),
    maxAgeSeconds: 3_600,
    ask: async () => documentOf([...others, own]),
  });
  return own;
}
