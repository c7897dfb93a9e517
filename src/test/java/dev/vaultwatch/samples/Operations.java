package dev.vaultwatch.samples;

import java.util.List;
import java.util.Set;

/**
 * Every {@code operationName} that a vault writes, told apart by the rule. Source: MicrosoftDocs/azure-security-docs,
 * commit 118a99d4, articles/key-vault/general/logging.md (78 names).
 *
 * <p>Written out again here, not taken from the plugin: what tests expect must not come from what they test.
 */
public final class Operations {

    /** The 20 reads that the rule counts. */
    public static final List<String> READS = List.of(
            "VaultGet",
            "KeyGet",
            "KeyList",
            "KeyListVersions",
            "KeyGetDeleted",
            "KeyListDeleted",
            "SecretGet",
            "SecretList",
            "SecretListVersions",
            "SecretGetDeleted",
            "SecretListDeleted",
            "CertificateGet",
            "CertificateList",
            "CertificateListVersions",
            "CertificateGetDeleted",
            "CertificateListDeleted",
            "CertificatePolicyGet",
            "CertificateContactsGet",
            "CertificateIssuerGet",
            "CertificateIssuersList");

    /** The other 58, which it ignores; three of them sound like reads. */
    public static final List<String> OTHERS = List.of(
            "Authentication",
            "VaultPut",
            "VaultDelete",
            "VaultPatch",
            "VaultRecover",
            "VaultAccessPolicyChangedEventGridNotification",
            "KeyCreate",
            "KeyImport",
            "KeyDelete",
            "KeySign",
            "KeyVerify",
            "KeyWrap",
            "KeyUnwrap",
            "KeyEncrypt",
            "KeyDecrypt",
            "KeyUpdate",
            "KeyPurge",
            "KeyBackup",
            "KeyRestore",
            "KeyRecover",
            "KeyNearExpiryEventGridNotification",
            "KeyExpiredEventGridNotification",
            "KeyRotate",
            "KeyRotateIfDue",
            "KeyRotationPolicyGet",
            "KeyRotationPolicySet",
            "SecretSet",
            "SecretUpdate",
            "SecretDelete",
            "SecretPurge",
            "SecretBackup",
            "SecretRestore",
            "SecretRecover",
            "SecretNearExpiryEventGridNotification",
            "SecretExpiredEventGridNotification",
            "CertificateCreate",
            "CertificateImport",
            "CertificateUpdate",
            "CertificateDelete",
            "CertificatePurge",
            "CertificateBackup",
            "CertificateRestore",
            "CertificateRecover",
            "CertificatePolicyUpdate",
            "CertificatePolicySet",
            "CertificateContactsSet",
            "CertificateContactsDelete",
            "CertificateIssuerSet",
            "CertificateIssuerUpdate",
            "CertificateIssuerDelete",
            "CertificateEnroll",
            "CertificateRenew",
            "CertificatePendingGet",
            "CertificatePendingMerge",
            "CertificatePendingUpdate",
            "CertificatePendingDelete",
            "CertificateNearExpiryEventGridNotification",
            "CertificateExpiredEventGridNotification");

    private static final Set<String> READ_SET = Set.copyOf(READS);

    private Operations() {}

    /** Whether the rule counts the operation. Case matters, as in the rule. */
    public static boolean isRead(String operation) {
        return READ_SET.contains(operation);
    }

    /** Whether the operation is about one named secret, key, certificate or issuer, and not a list or a vault. */
    static boolean namesObject(String operation) {
        return !operation.startsWith("Vault")
                && !operation.startsWith("CertificateContacts")
                && !operation.equals("Authentication")
                && !operation.equals("CertificateIssuersList")
                && !operation.endsWith("List")
                && !operation.endsWith("ListDeleted");
    }
}
