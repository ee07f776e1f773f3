/** What the figures of a portfolio mean, in the words of the guide for providers. */
import type { ReactNode } from "react";
import { Explained } from "../ui/Explained";

const MEANING = {
  Total: "Available + reserved + locked. What you have earned stands beside it until you collect it.",
  Available: "Free: it can be withdrawn or moved, as far as your policies don't need it and no minimum hold keeps it.",
  Reserved: "Set aside: for a policy that somebody is about to pay, or for a withdrawal that you asked for.",
  Locked: "Locked on-chain behind policies that are paid. It is free again when they end, less what they pay out.",
  Yield:
    "Your part of the premiums that your policies have earned, after insurance and fees. The books show it about once a day. Collecting makes it capital of the same position.",
  Worth: "By the prices that the service believes now. For reading only: what you own is the tokens.",
  "Collateralization ratio":
    "Your capital by what your policies need before a margin call, at the price of now. At 100% a margin call begins.",
  Hold: "The tier keeps each deposit for a while before it can leave again. Each arrival is held by itself.",
  "New policies":
    "A position that accepts policies can be put behind what buyers ask for, up to its tier's share. Off: it takes no new ones; what it backs already stays.",
  Suspense:
    "You sent this to the vault, but no commitment of yours matches it: another token, too much, twice, or too late for a full tier. It is yours and safe; it earns nothing until it is in a tier.",
} satisfies Record<string, ReactNode>;

export function Meaning({ of }: { of: keyof typeof MEANING }) {
  return <Explained what={of}>{MEANING[of]}</Explained>;
}
