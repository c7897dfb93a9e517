package dev.vaultwatch.decode;

/** Which claims name the person. */
public enum IdentityMode {
    /**
     * The claim {@code upn}, else the URL-named UPN claim that VaultGet carries; likewise {@code objectid}, else
     * {@code oid}, else the URL-named object identifier. The default: the rule names VaultGet on purpose.
     */
    MERGED,
    /** {@code claim.upn} and {@code claim.objectid} alone, as the upstream pipeline leaves them. */
    UPSTREAM
}
