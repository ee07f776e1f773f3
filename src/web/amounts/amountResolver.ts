/** Hands what a pure draft says of an amount to react-hook-form: its refusal stands at the field. */
import type { Resolver, ResolverError, ResolverSuccess } from "react-hook-form";
import type { Outcome } from "../../domain/refusal";

export function amountResolver<Draft extends { amountText: string }>(
  check: (draft: Draft) => Outcome<bigint>,
): Resolver<Draft> {
  return (values) => {
    const checked = check(values);
    if (checked.ok) return { values, errors: {} } as ResolverSuccess<Draft>;
    const { code: type, message } = checked.refusal;
    return { values: {}, errors: { amountText: { type, message } } } as unknown as ResolverError<Draft>;
  };
}
