import type * as Yaml from "yaml";

/** The library for YAML. Loaded with the first document: most programs have none, and every preview would wait for its seventy modules. */
export const yaml = (): typeof Yaml => require("yaml");
