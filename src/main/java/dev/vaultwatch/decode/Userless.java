package dev.vaultwatch.decode;

/** Why an event names no user. */
public enum Userless {
    /** The record has no claims: a call that was refused before it was authenticated, or a log that leaves them out. */
    NO_IDENTITY,
    /** The claims are an application's: a service principal or managed identity. */
    APPLICATION,
    /** Something stands where the claims are due that is neither claims nor a user's name. */
    UNREADABLE_IDENTITY,
    /** The claims are a user's without a UPN, as guests' are, and {@code identity=upstream} takes no other claim. */
    GUEST_WITHOUT_UPN
}
