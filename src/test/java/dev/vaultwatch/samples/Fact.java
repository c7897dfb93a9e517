package dev.vaultwatch.samples;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One call to a vault, before anything writes it down: what all wire shapes of the same record have in common.
 * Immutable, wholly invented.
 *
 * @param time when the vault served the call, in steps of 100 ns as Azure writes it
 * @param operation {@code operationName}, one of {@link Operations}
 * @param caller who called
 * @param vault the vault called
 * @param objectName the secret, key or certificate; absent where the operation names none
 * @param objectVersion 32 hexadecimal digits; absent with the name
 * @param httpStatus what was answered; 401, 403 and 404 are no failures to {@code resultType}
 * @param durationMs milliseconds the vault took
 * @param correlationId {@code correlationId}
 */
public record Fact(
        Instant time,
        String operation,
        Caller caller,
        Vault vault,
        @Nullable String objectName,
        @Nullable String objectVersion,
        int httpStatus,
        int durationMs,
        String correlationId) {

    /**
     * A person or a program.
     *
     * @param upn the user principal name; absent for programs and for some personal Microsoft accounts
     * @param uniqueName {@code unique_name}; only a person has one
     * @param oid the object id in the directory
     * @param appId the client application
     * @param ip caller address, no port
     * @param place where an IP database would put the address
     * @param clientInfo the user agent
     * @param managedIdentity {@code xms_mirid}: the resource that owns the identity, absent if it is none
     * @param subnetId the virtual network's subnet, absent for calls over the internet
     */
    public record Caller(
            @Nullable String upn,
            @Nullable String uniqueName,
            String oid,
            String appId,
            String ip,
            Place place,
            String clientInfo,
            @Nullable String managedIdentity,
            @Nullable String subnetId) {

        /** A member of the tenant at an application. */
        public static Caller person(String upn, String oid, String appId, String ip, Place place, String clientInfo) {
            return new Caller(upn, upn, oid, appId, ip, place, clientInfo, null, null);
        }

        /** A service principal: no claim names a person. */
        public static Caller program(String oid, String appId, String ip, Place place, String clientInfo) {
            return new Caller(null, null, oid, appId, ip, place, clientInfo, null, null);
        }

        public boolean isPerson() {
            return uniqueName != null;
        }
    }

    /** What GeoLite2 would say of an address; invented, since documentation addresses have no place. */
    public record Place(
            String city,
            String region,
            String country,
            String countryIso,
            String continent,
            double latitude,
            double longitude,
            int asNumber,
            String organization) {}

    /** A vault, as its owner spelled it; records carry the resource id in upper case. */
    public record Vault(String name, String resourceGroup, String subscription) {

        /** The resource id in the case in which Key Vault writes it. */
        public String resourceId() {
            return ("/subscriptions/" + subscription + "/resourcegroups/" + resourceGroup
                            + "/providers/Microsoft.KeyVault/vaults/" + name)
                    .toUpperCase(Locale.ROOT);
        }

        String url() {
            return "https://" + name + ".vault.azure.net/";
        }
    }

    /** Vault operations go through Azure Resource Manager, whose records name claims by URL. */
    public boolean isControlPlane() {
        return operation.startsWith("Vault");
    }

    /** The challenge that every first call of an SDK meets: it carries no token, so the record no identity. */
    public boolean isAnonymous() {
        return operation.equals("Authentication");
    }

    /** The person's name, whichever claim carries it: what the default identity mode sees. */
    public @Nullable String upn() {
        if (isAnonymous() || caller.upn() != null) {
            return isAnonymous() ? null : caller.upn();
        }
        String name = isControlPlane() ? null : caller.uniqueName();
        // A Microsoft account's name has its provider in front.
        return name == null ? null : name.substring(name.indexOf('#') + 1);
    }

    /** The UPN only if the claim {@code upn} carries it: what the upstream pipeline sees. */
    public @Nullable String claimUpn() {
        return isControlPlane() || isAnonymous() ? null : caller.upn();
    }

    /** {@code resultSignature}. */
    public String resultSignature() {
        return switch (httpStatus) {
            case 200 -> "OK";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            default -> throw new IllegalStateException("no signature for HTTP status " + httpStatus);
        };
    }

    public Fact at(Instant newTime) {
        return new Fact(
                newTime, operation, caller, vault, objectName, objectVersion, httpStatus, durationMs, correlationId);
    }

    public Fact answered(int newStatus) {
        return new Fact(
                time, operation, caller, vault, objectName, objectVersion, newStatus, durationMs, correlationId);
    }
}
