export * from "./differences";
export { ZonesError, type ZonesProblem } from "./error";
export * from "./export";
export * from "./import";
export { withoutTypesetting } from "./typeset";
