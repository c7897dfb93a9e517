package dev.vaultwatch.decode;

/** Which claims name the person. */
public enum IdentityMode {
    /**
     * The default. The user is named by the claim {@code upn}; else by the URL-named UPN claim that VaultGet carries, which the rule names
     * on purpose; else, unless the token is an application's, by {@code unique_name}, {@code preferred_username}, a name that stands
     * where the claims are due, and at last by {@code oid}, where the token is a user's for sure. The object is {@code objectid},
     * else {@code oid}, else the URL-named object identifier.
     *
     * <p>A user's name is folded: without space around it, in Unicode's form NFC, in small letters, without the provider in front
     * ({@code live.com#}). The names of vaults, groups, subscriptions and resources are in capitals, as Azure's resource logs have
     * them. An address is taken out of what stands around it, such as a port.
     */
    MERGED,
    /**
     * {@code claim.upn} and {@code claim.objectid} alone, and every text as it came: what the upstream pipeline leaves. Two spellings
     * are then two users.
     */
    UPSTREAM
}
