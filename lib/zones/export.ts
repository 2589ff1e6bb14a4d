import type { Scalar } from "yaml";
import { yaml } from "../internal/yaml";
import type { Perimeter } from "../perimeter";
import { problemsOf } from "./check";
import { ZonesError } from "./error";

/**
 * The perimeter as a document that `importZones` reads without anything beside it. What other programs could take for a number, a
 * truth value or nothing stands in quotes, as do all sentences.
 *
 * Reading it gives the same perimeter, with its workloads in the order of the zones they live in, because that is where they are
 * written.
 *
 * @throws ZonesError naming what is wrong with the perimeter, for it could not be read again
 * @example
 * writeFileSync("zones.yaml", exportZones(claw.perimeter));
 */
export function exportZones(perimeter: Perimeter): string {
  const problems = problemsOf(perimeter);
  if (problems.length > 0) throw new ZonesError(problems.map(({ path, message }) => ({ place: path, message })));
  const { trustDomain, zones, workloads, flows, credentials } = perimeter;
  const document = {
    trustDomain,
    zones: zones.map(({ name, purpose, cidr }) => ({
      name,
      purpose: sentence(purpose),
      cidr,
      allow: workloads
        .filter(({ zone }) => zone === name)
        .map(({ name: service, ports, credentials, names, addresses }) => ({
          service,
          ports,
          credentials,
          names,
          addresses,
        })),
    })),
    flows: flows.map(({ from, to, port, hosts, ranges, authentication, purpose }) => ({
      from,
      to,
      port,
      hosts,
      ranges,
      authentication,
      purpose: sentence(purpose),
    })),
    credentials: credentials.map(({ name, opens }) => ({ name, opens: sentence(opens) })),
  };
  return yaml().stringify(document, {
    aliasDuplicateObjects: false,
    compat: "yaml-1.1",
    lineWidth: 0,
  });
}

function sentence(text: string | undefined): Scalar<string> | undefined {
  if (text === undefined) return undefined;
  const scalar = new (yaml().Scalar)(text);
  scalar.type = "QUOTE_DOUBLE";
  return scalar;
}
