/** Values that programs trip over, and those that this product has tripped over: what inputs are drawn from beside chance. */
import { convexToJson, type JSONValue } from "convex/values";

/** Texts of many kinds: code for somebody's interpreter, characters that are not what they seem, numbers that are none. */
export const NAUGHTY: string[] = [
  ...["", " ", "\t\r\n", "\u0000", "a\u0000b", "\u001b[2J", "\u0007\b\u007f", "\u0085\u00a0\u2028\u2029\ufeff"],
  ...["undefined", "null", "NULL", "(null)", "nil", "None", "true", "false", "NaN", "Infinity", "-Infinity"],
  ...["0", "-0", "-1", "1e309", "0x10", "0b1", "1_000", "1,000", "1.", ".5", "٣", "９", "1/0", "9223372036854775808"],
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__", "then"],
  ...[
    "' OR 1=1 --",
    "'; DROP TABLE documents; --",
    '" OR ""="',
    "1;SELECT pg_sleep(9)",
    "$" + "{7*7}",
    "{{7*7}}",
    "#{7*7}",
  ],
  ...["%s%s%s%n", "%d", "%00", "%2e%2e%2f", "{0}", "$(id)", "`id`", "| id", "; id", "&& id", "\\", "\\\\", "\\u0000"],
  ...["../../../etc/passwd", "..\\..\\boot.ini", "file:///etc/passwd", "http://127.0.0.1:1/", "javascript:alert(1)"],
  ...["<script>alert(1)</script>", "<!--", "]]>", '<!DOCTYPE x [<!ENTITY a "b">]>&a;', "\r\nSet-Cookie: a=b"],
  ...["\ud800", "\udfff", "a\ud83d", "\u202eevil\u202c", "\u2066x\u2069", "\u200b", "e\u0301", "ﬁ", "ß", "ı", "İ", "ﷺ"],
  ...[
    "👩‍👩‍👧‍👦",
    "🇨🇭",
    "田中さん",
    "الحساب",
    "Ω≈ç√∫",
    "Z̶͉͒a̵͙͝l̷̩̚g̸̱̈o̶̮͌",
    "STХ",
    "ＳＴＸ",
    "stx ",
    "sBTC\u0000",
    " Balanced",
    "Balanced\n",
  ],
  ...[
    '{"a":1}',
    "[1",
    '{"$integer":"AA=="}',
    "{",
    '"',
    "\\x22",
    "a,b\nc",
    "=1+1",
    "@SUM(A1)",
    "-----BEGIN PRIVATE KEY-----",
  ],
  ...[
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "a.b.c",
    "..",
    "AAAA",
    "====",
    "0".repeat(130),
    "00".repeat(65),
    "f".repeat(66),
  ],
  ...[
    "1970-01-01",
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "+275760-09-13",
    "2026-02-30",
    "2026-13-01",
    "2026-01-01T00:00:00+99:99",
  ],
  ...[
    "_end_cursor",
    "END_CURSOR",
    "AAAAAAAAAAAA",
    "j".repeat(32),
    "k57".padEnd(32, "0"),
    "SP000000000000000000002Q6VF78",
  ],
  ...[
    "ST000000000000000000002AMW42H.x",
    "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGX",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
  ],
];

/** So long that a pattern with two ways to match takes for ever, or a column overflows. */
export const HUGE: JSONValue[] = [
  "x".repeat(100_000),
  "0".repeat(20_000),
  "-".repeat(5_000),
  "a@".repeat(10_000),
  "👩‍👩‍👧‍👦".repeat(2_000),
  Array.from({ length: 9_000 }, (_, n) => n),
  Object.fromEntries(Array.from({ length: 1_100 }, (_, n) => [`field${n}`, 0])),
  nested(200),
];

export const INTEGERS: bigint[] = [
  ...[
    0n,
    -1n,
    1n,
    2n,
    10n,
    99n,
    100n,
    1_000_000n,
    50_000_000_000n,
    2n ** 31n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n + 1n,
  ],
  ...[2n ** 62n, 2n ** 63n - 1n, 2n ** 63n - 2n, -(2n ** 63n), -(2n ** 63n) + 1n, 10n ** 18n, -(10n ** 18n)],
];

export const NUMBERS: number[] = [
  ...[0, -0, 1, -1, 0.5, 1e-320, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e21, 1e308, -1e308],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8.64e15, 8.64e15 + 1, 1_800_000_000_000, 1e15],
];

/** In the place of a value of any type: other types, and texts of Convex's encoding that encode nothing. */
export const MISFITS: JSONValue[] = [
  ...[null, true, false, 0, -1, 0.5, "", "x", [], {}, [[]], [null], { a: { b: {} } }],
  ...[{ $integer: "!" }, { $integer: 7 }, { $integer: "AAAAAAAAAAA=", more: 1 }, { $integer: "AAAA" }, { $bytes: 7 }],
  ...[{ $bytes: "AAECAw==" }, { $float: "AA==" }, { $unknown: 1 }, { $set: [] }, { $undefined: true }, { _id: "x" }],
  ...[
    JSON.parse('{"__proto__":{"isAdmin":true}}'),
    { constructor: { prototype: 1 } },
    JSON.parse('{"then":1}'),
    { toJSON: 1 },
  ],
  ...[convexToJson(0n), convexToJson(-(2n ** 63n)), convexToJson(Number.NaN), convexToJson(-0), nested(40)],
];

/** Names that no function has a field of. */
export const STRANGE_NAMES = [
  "__proto__",
  "constructor",
  "more",
  "isAdmin",
  "provider",
  "_id",
  "$x",
  "",
  "é",
  "a".repeat(70),
];

function nested(depth: number): JSONValue {
  let value: JSONValue = 0;
  for (let n = 0; n < depth; n++) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}

const page = (more: object) => ({ paginationOpts: { numItems: 10, cursor: null, ...more } });
const NOT_A_SIZE = "PAGE_SIZE_OUT_OF_RANGE";

/** What once ended in a failure instead of a refusal, with the refusal that it ends in now. */
export const FOUND: { path: string; args: Record<string, unknown>; code: string }[] = [
  ...[0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY].map((numItems) => ({
    path: "policies:listSold",
    args: page({ numItems }),
    code: NOT_A_SIZE,
  })),
  { path: "policies:listSold", args: page({ cursor: "AAAAAAAAAAAA" }), code: "BAD_CURSOR" },
  { path: "policies:listSold", args: page({ endCursor: "" }), code: "BAD_CURSOR" },
  { path: "policies:getNotifications", args: page({ cursor: "9223372036854775808" }), code: "BAD_CURSOR" },
  { path: "statements:listActivity", args: page({ numItems: -1e308 }), code: NOT_A_SIZE },
];
