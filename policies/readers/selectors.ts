import { at, list, type Props, record, text, texts, UNKNOWN } from "./values";

/** Whether a selector of Kubernetes selects something with these labels. What is unknown is taken to fit. */
export function selects(selector: unknown, labels: Props): boolean {
  if (selector === UNKNOWN) return true;
  const fits = Object.entries(record(at(selector, "matchLabels"))).every(([key, wanted]) => same(labels[key], wanted));
  return fits && list(at(selector, "matchExpressions")).every((one) => expressionFits(record(one), labels));
}

function expressionFits({ key, operator, values }: Props, labels: Props): boolean {
  const label = labels[text(key) ?? ""];
  if (operator === "Exists") return label !== undefined;
  if (operator === "DoesNotExist") return label === undefined;
  const among = label === UNKNOWN || texts(values).includes(text(label) ?? "");
  return operator === "NotIn" ? label === undefined || !among : among;
}

/** Whether two values are equal, as far as is known. */
export const same = (one: unknown, other: unknown): boolean => one === other || one === UNKNOWN || other === UNKNOWN;
