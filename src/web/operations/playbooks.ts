/** What to do when something is wrong, in the words of the playbooks of docs/playbooks.md. */

export interface Playbook {
  /** Its heading in the guide. */
  title: string;
  look: string;
  does: string;
  over: string;
}

export const PLAYBOOKS = {
  breaker: {
    title: "A breaker has tripped",
    look: "Its reason is the first cause; later ones are in the trail.",
    does: "Find the cause in one of the other playbooks, and reset when it is gone. What is reset while its cause persists trips again at the next look.",
    over: "Nothing is stopped and /health is 200.",
  },
  sync: {
    title: "Sync is halted",
    look: "The reason names the event, and what contradicts what.",
    does: "An event can't be read: deploy the code that knows it. The vault counts X, the books Y: find the first entry that differs, and correct by a new entry or restore; never edit. Once the cause is gone: reset sync first, wait for the proof, then the others one at a time.",
    over: "Nothing waits and the proof holds.",
  },
  proof: {
    title: "The proof has failed",
    look: "Held and counted, from the chain itself: `proof --verify`.",
    does: "Held < counted: pause the vault now; this is the contract or the token. Counted is not booked + pending: the books are wrong; treat it as sync halted. Locked differs: somebody has the service's key, or the books are wrong; look for a policy that this backend did not sell.",
    over: "It holds twice in a row, and an audit finds nothing.",
  },
  breach: {
    title: "A breach",
    look: "Who was paid, by which id. After a restore it is most likely a withdrawal that was signed after the backup: its position still shows the capital. Otherwise somebody has the authoriser's key.",
    does: "An admin takes the amount from what the principal itself has, by a new entry. Then reset withdraw.",
    over: "There are no breaches and an audit finds nothing.",
  },
  outbox: {
    title: "The outbox is stuck",
    look: "Paused, alarm, fee, nonce, what has failed and why.",
    does: "No STX: send some to the service's account; it goes on by itself. The fee limit is reached: raise SERVICE_FEE_LIMIT_USTX. A call failed: its outcome names the contract's error; mend the cause and retry it. Another transaction has the nonce: somebody else signs with the service's key; see A key is stolen.",
    over: "Nothing waits that could leave, and there is no alarm.",
  },
  prices: {
    title: "Price sources are out",
    look: "Which source says what, how old, and what it was refused for.",
    does: "A source that is out by itself comes back by itself. One that has changed its interface, take out of PRICE_SOURCES (two must stay). Pyth out alone is most likely its key.",
    over: "There is a good price for both.",
  },
  tier: {
    title: "A tier is stuck",
    look: "Whose, how far below, and who could take.",
    does: "Nothing by force: nobody's capital is moved by an operator. It ends when the price rises, its owner adds capital, or others in the tier add capital or accept policies. Buyers are covered by the lock meanwhile.",
    over: "No position is Liquidating.",
  },
  stolen: {
    title: "A key is stolen",
    look: "Stop first, find out later: a pause costs hours, a thief a day's caps.",
    does: "The guardian pauses the vault. Trip withdraw, policies and settle, and pause the outbox. Close the way the thief came; then replace the keys as the guide says.",
    over: "The vault has its new keys and no pause, and the proof holds.",
  },
  restore: {
    title: "Restore from a backup",
    look: "What was signed after the backup is still valid, and the books don't know of it: what of it is paid shows as a breach.",
    does: "Wait: for an hour of block time no withdrawal is signed. Compare each breach with what its owner says, correct it, and let the admin lift the pause.",
    over: "There is no restore rule any more, and breaches are corrected.",
  },
  treasury: {
    title: "Paying out insurance and fees",
    look: "They go only to the addresses of the deployment, and only with the guardian's signature over that one payment.",
    does: "An admin asks; the guardian approves, with the wallet that the vault itself names; whoever receives it sends the call within the hour. One that should not happen, a guardian or admin cancels.",
    over: "The exit is paid.",
  },
  terms: {
    title: "Changing a tier's terms or rules",
    look: "What is in force, below.",
    does: "All three terms at once; rules one by one. What is in a tier, committed to it or on hold already is not touched, nor is a policy that is sold. Rules that contradict each other are refused.",
    over: "The new figures are in force, and the act is in the trail.",
  },
  webhook: {
    title: "A webhook was given up",
    look: "About a day of tries, or the receiver said 410.",
    does: "Mend the receiver, then retry. Its id is the same, so a receiver that has had it can tell.",
    over: "Nothing has failed.",
  },
} satisfies Record<string, Playbook>;

export type PlaybookName = keyof typeof PLAYBOOKS;
