/**
 * Generates src/stacks/bindings.ts: the typed ABI that `@clarigen/core` works from, read off the contracts as the
 * Clarity VM analyses them. Clarigen's own CLI does not know the current epochs.
 */
import { cvToValue, toCamelCase } from "@clarigen/core";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";

type Interfaces = ReturnType<Simnet["getContractsInterfaces"]>;
type ContractInterface = Interfaces extends Map<string, infer I> ? I : never;
type AbiType = ContractInterface["functions"][number]["args"][number]["type"];

const PRIMITIVES: Record<string, string> = {
  uint128: "bigint",
  int128: "bigint",
  bool: "boolean",
  principal: "string",
  trait_reference: "string",
  none: "null",
};

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The TypeScript type of a Clarity type; arguments may also give integers as numbers. */
function typeOf(type: AbiType, position: "argument" | "result"): string {
  if (typeof type === "string") {
    const primitive = PRIMITIVES[type];
    if (!primitive) throw new Error(`No TypeScript type for the Clarity type ${type}`);
    return primitive === "bigint" && position === "argument" ? "number | bigint" : primitive;
  }
  if ("buffer" in type) return "Uint8Array";
  if ("string-ascii" in type || "string-utf8" in type) return "string";
  if ("optional" in type) return `${typeOf(type.optional, position)} | null`;
  if ("response" in type)
    return `Response<${typeOf(type.response.ok, position)}, ${typeOf(type.response.error, position)}>`;
  if ("list" in type) return `(${typeOf(type.list.type, position)})[]`;
  if ("tuple" in type) {
    return `{ ${type.tuple.map((f) => `${propertyName(toCamelCase(f.name))}: ${typeOf(f.type, position)}`).join("; ")} }`;
  }
  throw new Error(`No TypeScript type for the Clarity type ${JSON.stringify(type)}`);
}

function literal(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `Uint8Array.from([${[...value].join(", ")}])`;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value && typeof value === "object") {
    return `{ ${Object.entries(value)
      .map(([key, field]) => `${propertyName(key)}: ${literal(field)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value);
}

/** Interfaces carry no values of constants: a copy of the contract with one more function is asked for them. */
function constantsOf(simnet: Simnet, id: string, contract: ContractInterface): string {
  const names = contract.variables.filter((v) => v.access === "constant").map((v) => v.name);
  if (names.length === 0) return "{}";
  const copy = `${id.split(".")[1]}-constants`;
  const source = `${simnet.getContractSource(id)}\n(define-read-only (constants-of-this-contract) { ${names
    .map((name) => `${name}: ${name}`)
    .join(", ")} })`;
  const clarityVersion = Number(contract.clarity_version.replace("Clarity", "")) as 4;
  simnet.deployContract(copy, source, { clarityVersion }, simnet.deployer);
  const { result } = simnet.callReadOnlyFn(copy, "constants-of-this-contract", [], simnet.deployer);
  return literal(cvToValue(result as Parameters<typeof cvToValue>[0], true));
}

function functionEntry(abi: ContractInterface["functions"][number]): string {
  const args = abi.args.map((arg) => {
    const name = toCamelCase(arg.name);
    return `${name}: TypedAbiArg<${typeOf(arg.type, "argument")}, ${JSON.stringify(name)}>`;
  });
  const result = typeOf(abi.outputs.type, "result");
  const name = propertyName(toCamelCase(abi.name));
  return `      ${name}: ${JSON.stringify(abi)} as TypedAbiFunction<[${args.join(", ")}], ${result}>,`;
}

function contractEntry(simnet: Simnet, id: string, contract: ContractInterface): string {
  const name = id.split(".")[1] as string;
  const functions = contract.functions.filter((f) => f.access !== "private").map(functionEntry);
  const maps = contract.maps.map(
    (map) =>
      `      ${propertyName(toCamelCase(map.name))}: ${JSON.stringify(map)} as TypedAbiMap<${typeOf(map.key, "argument")}, ${typeOf(map.value, "result")}>,`,
  );
  const variables = contract.variables.map(
    (v) =>
      `      ${propertyName(toCamelCase(v.name))}: ${JSON.stringify(v)} as TypedAbiVariable<${typeOf(v.type, "result")}>,`,
  );
  return `  ${propertyName(toCamelCase(name))}: {
    functions: {
${functions.join("\n")}
    },
    maps: {
${maps.join("\n")}
    },
    variables: {
${variables.join("\n")}
    },
    constants: ${constantsOf(simnet, id, contract)},
    fungible_tokens: ${JSON.stringify(contract.fungible_tokens)},
    non_fungible_tokens: ${JSON.stringify(contract.non_fungible_tokens)},
    epoch: ${JSON.stringify(contract.epoch)},
    clarity_version: ${JSON.stringify(contract.clarity_version)},
    contractName: ${JSON.stringify(name)},
  },
`;
}

/** The text of src/stacks/bindings.ts for the project's own contracts, in the order of their names. */
export async function generateBindings(manifestPath: string): Promise<string> {
  const simnet = await initSimnet(manifestPath, true);
  const own = [...simnet.getContractsInterfaces()].filter(([id]) => id.startsWith(`${simnet.deployer}.`));
  own.sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = own.map(([id, contract]) => contractEntry(simnet, id, contract));
  return `// Generated by \`npm run codegen\` from contracts/. Do not edit.
import type { Response, TypedAbiArg, TypedAbiFunction, TypedAbiMap, TypedAbiVariable } from "@clarigen/core";

export const contracts = {
${entries.join("")}} as const;
`;
}

/** src/domain/vaultErrors.ts: the numbers alone, for the page, which may not import the bindings with all their ABIs. */
export function vaultErrorsSource({ liquidityVault }: { liquidityVault: { constants: object } }): string {
  const errors = Object.entries(liquidityVault.constants).flatMap(([name, constant]) =>
    name.startsWith("err") ? [`  ${name}: ${constant.value},\n`] : [],
  );
  return `/** The vault's error numbers. Generated by \`npm run codegen\`. */\nexport const VAULT_ERRORS = {\n${errors.join("")}} as const;\n`;
}
