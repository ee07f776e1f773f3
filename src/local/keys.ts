/** `npm run keys`: fresh secrets for a deployment on Convex, as a .env file that `npx convex env set --from-file` takes. */
import { getAddressFromPrivateKey, privateKeyToPublic } from "@stacks/transactions";
import { makeSecrets } from "./secrets";

const { authoriserPrivateKey, servicePrivateKey, challengeSecret, pushSecret, sessionPrivateKeyPem, sessionJwks } =
  await makeSecrets();

console.log(`# Secrets of one deployment. Whoever has them signs withdrawals, settlements and sessions: keep this file off repositories.
# The vault's schedule-change (npm run deploy -- --authoriser) takes the public key 0x${privateKeyToPublic(authoriserPrivateKey)}
AUTHORISER_PRIVATE_KEY=${authoriserPrivateKey}
# Its --service is ${getAddressFromPrivateKey(servicePrivateKey, "mainnet")} on mainnet and ${getAddressFromPrivateKey(servicePrivateKey, "testnet")} elsewhere; that account needs STX for fees.
SERVICE_PRIVATE_KEY=${servicePrivateKey}
AUTH_CHALLENGE_SECRET=${challengeSecret}
PUSH_SECRET=${pushSecret}
AUTH_JWKS="${sessionJwks}"
AUTH_PRIVATE_KEY="${sessionPrivateKeyPem.trim()}"`);
