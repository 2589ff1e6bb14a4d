/** Certificates are good from so long before they were issued: for whose clock is behind the issuer's. */
export const BACKDATE = "5m";
