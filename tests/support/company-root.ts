import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A root that nobody has the key of. */
export const COMPANY_ROOT = readFileSync(join(__dirname, "../../examples/05-existing-parts/company-root.pem"), "utf8");
