import { execFileSync } from "node:child_process";
import { COMPUTED } from "./schema";

/** A call of a component's class in a Python program. */
export interface PythonCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** Reads literals by Python's own parser; whatever is computed comes as `{"computed": true}`. */
const READER = `
import ast, json, sys

def value(node):
    if isinstance(node, ast.Constant):
        return {"is": node.value}
    if isinstance(node, ast.Dict):
        return {"map": [[key.value, value(one)] for key, one in zip(node.keys, node.values)]}
    if isinstance(node, ast.List):
        return {"list": [value(one) for one in node.elts]}
    return {"computed": True}

module = sys.argv[1]
calls = [node for node in ast.walk(ast.parse(sys.stdin.read())) if isinstance(node, ast.Call)]
print(json.dumps([
    {"name": call.func.attr, "arguments": {one.arg: value(one.value) for one in call.keywords}}
    for call in calls
    if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", None) == module
]))
`;

type Node = { is: unknown } | { map: [string, Node][] } | { list: Node[] } | { computed: true };

/** Calls of what a Python program has from a module, by the name it imports that as. */
export function pythonCalls(program: string, module: string): PythonCall[] {
  const read = execFileSync("python3", ["-c", READER, module], { input: program, encoding: "utf8" });
  return (JSON.parse(read) as { name: string; arguments: Record<string, Node> }[]).map((call) => ({
    name: call.name,
    arguments: Object.fromEntries(Object.entries(call.arguments).map(([key, node]) => [key, literal(node)])),
  }));
}

function literal(node: Node): unknown {
  if ("is" in node) return node.is;
  if ("map" in node) return Object.fromEntries(node.map.map(([key, one]) => [key, literal(one)]));
  if ("list" in node) return node.list.map(literal);
  return COMPUTED;
}

const KEYWORDS = ["from", "in", "is", "class", "import", "global", "lambda", "not", "or", "and", "with", "as"];

/** As Pulumi's Python packages write a property's name. */
export function pythonName(name: string): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return KEYWORDS.includes(snake) ? `${snake}_` : snake;
}
