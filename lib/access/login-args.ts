import * as pulumi from "@pulumi/pulumi";
import { type LoginArgs, LoginKind } from "./login";

/** Between two refreshes somebody who was dismissed at the provider is still let in. */
const MAX_REFRESH_SECONDS = 3600;

/** @throws InputPropertyError for an unknown engine, or settings that are missing or belong to another engine */
export function validateLogin({ engine, header, signOut, refreshSeconds }: LoginArgs): LoginKind {
  const kinds = Object.values(LoginKind);
  const kind = kinds.find((known) => known === engine);
  if (!kind) throw refuse("login.engine", `"${engine}" is no login engine; use one of ${kinds.join(", ")}`);
  if (refreshSeconds !== undefined) {
    if (kind !== LoginKind.OAuth2Proxy)
      throw refuse("login.refreshSeconds", `belongs to the engine "oauth2-proxy"; remove it, or change the engine`);
    if (!Number.isInteger(refreshSeconds) || refreshSeconds < 1 || refreshSeconds > MAX_REFRESH_SECONDS)
      throw refuse(
        "login.refreshSeconds",
        `${refreshSeconds} is no time between refreshes; use whole seconds from 1 to ${MAX_REFRESH_SECONDS}`,
      );
  }
  if (kind !== LoginKind.Assertion) {
    if (header !== undefined)
      throw refuse("login.header", `belongs to the engine "assertion"; remove it, or change the engine`);
    if (signOut !== undefined)
      throw refuse("login.signOut", `belongs to the engine "assertion"; remove it, or change the engine`);
    return kind;
  }
  if (header === undefined || !/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(header)) {
    throw refuse(
      "login.header",
      `${JSON.stringify(header)} is no header's name; write it in lower case, as x-pomerium-jwt-assertion`,
    );
  }
  if (signOut === undefined || !/^(\/[!-~]*|https:\/\/[!-~]+)$/.test(signOut)) {
    throw refuse(
      "login.signOut",
      `${JSON.stringify(signOut)} is no way out; write a path such as /.pomerium/sign_out, or an https URL`,
    );
  }
  return kind;
}

function refuse(propertyPath: string, reason: string): Error {
  return new pulumi.InputPropertyError({ propertyPath, reason });
}
