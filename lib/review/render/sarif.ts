import type { Review } from "../types";

export interface SarifOptions {
  /**
   * The file findings are attached to, by its path in the repository.
   * @default "Pulumi.yaml"
   */
  uri?: string;
}

export function toSarif(review: Review, { uri = "Pulumi.yaml" }: SarifOptions = {}): string {
  throw new Error(`${review.stack}, ${uri}: not there yet`);
}
