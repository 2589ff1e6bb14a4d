import * as pulumi from "@pulumi/pulumi";

/** A credential of a deployment, and whether the program gives it. */
export interface CredentialSource {
  /** Name in the perimeter. */
  credential: string;
  /** Where the program would write it. */
  propertyPath: string;
  given: boolean;
  /**
   * What makes it, so that nobody gives it.
   * @default - nothing
   */
  madeBy?: string;
}

/**
 * Returns if each credential comes from one place: the program, a part that makes it, or what is there already.
 * @param existing Names of those that are there already
 * @throws InputPropertiesError naming each that comes from none, or from two
 */
export function checkCredentials(sources: readonly CredentialSource[], existing: readonly string[]): void {
  const errors = sources.flatMap((source) => {
    const reason = problemOf(source, existing.includes(source.credential));
    return reason ? [{ propertyPath: source.propertyPath, reason }] : [];
  });
  if (errors.length > 0)
    throw new pulumi.InputPropertiesError({ message: "credentials must come from one place each", errors });
}

function problemOf({ credential, given, madeBy }: CredentialSource, exists: boolean): string | undefined {
  if (madeBy)
    return exists ? `${madeBy} makes credential "${credential}"; remove it from the platform's secrets` : undefined;
  if (given && exists) return `is given, and the platform's secrets name "${credential}" too; keep one of them`;
  if (!given && !exists)
    return `is missing; give it, or on Kubernetes say where "${credential}" is by existingSecrets or externalSecrets`;
  return undefined;
}
