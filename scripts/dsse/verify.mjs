// Verifies a DSSE envelope with sigstore's library for Node.js: node verify.mjs ENVELOPE PUBLIC_KEY KEYID
import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

const [envelope, key, keyid] = process.argv.slice(2);
const bundle = bundleFromJSON({
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  verificationMaterial: { publicKey: { hint: keyid } },
  dsseEnvelope: JSON.parse(readFileSync(envelope, "utf8")),
});
const publicKey = createPublicKey(readFileSync(key, "utf8"));
// Keys that are trusted by themselves: no certificate, no log, no time stamp takes part.
const roots = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const trusted = toTrustMaterial(roots, () => ({ publicKey, validFor: () => true }));
new Verifier(trusted, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle));
console.log(bundle.content.dsseEnvelope.payload.toString("utf8"));
