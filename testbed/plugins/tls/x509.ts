/** The certificate library, with what it needs to load. */
import "./reflect";

export * from "@peculiar/x509";
