/** A model provider with nothing left open. */
export interface Model {
  provider: string;
  model: string;
  baseUrl: string;
  /** How the provider wants its key. */
  keyHeader: string;
  keyPrefix: string;
  /** Ranges the host may resolve to although they are not public. */
  privateRanges: string[];
}
