/** Keys for tests only, made afresh for each run. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { localDeployment } from "../../src/stacks/deployment";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const sessionPublicKey = publicKey;

export const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
const { vaultContract, sbtcContract } = localDeployment(DEPLOYER);

export const FEES_RECIPIENT = "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND";
export const INSURANCE_RECIPIENT = "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB";

export const testEnvironment = {
  STACKS_NETWORK: "devnet",
  STACKS_API_URL: "http://127.0.0.1:1",
  VAULT_CONTRACT: vaultContract,
  SBTC_CONTRACT: sbtcContract,
  FINALITY_BURN_BLOCKS: "1",
  SYNC_POLL_MS: "1000",
  /** Tests set prices themselves (pricing.ts). */
  PRICE_SOURCES: "",
  AUTHORISER_PRIVATE_KEY: randomBytes(32).toString("hex"),
  SERVICE_PRIVATE_KEY: `${randomBytes(32).toString("hex")}01`,
  TREASURY_FEES_PRINCIPAL: FEES_RECIPIENT,
  TREASURY_INSURANCE_PRINCIPAL: INSURANCE_RECIPIENT,
  OPERATOR_PRINCIPALS: "",
  GUARDIAN_PRINCIPALS: "",
  ADMIN_PRINCIPALS: "",
  AUTH_DOMAIN: "localhost",
  AUTH_ISSUER: "https://bithedge.test",
  AUTH_PRIVATE_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  AUTH_CHALLENGE_SECRET: randomBytes(32).toString("hex"),
};
