package dev.vaultwatch.event;

import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of Key Vault's operations, as {@link Property#ACTION} has them. Facts of Microsoft's page on Key Vault logging
 * (MicrosoftDocs/azure-security-docs 118a99d4, articles/key-vault/general/logging.md), and the four of its text of 2020
 * (azure-docs 01299f0c) that it no longer lists. Managed HSM has others in the same category, so an operation that is not here may be
 * one all the same.
 */
public final class Operations {
    private static final String NAMES = """
            Authentication VaultGet VaultPut VaultDelete VaultPatch VaultRecover VaultAccessPolicyChangedEventGridNotification
            VaultList VaultPurge VaultGetDeleted VaultListDeleted
            KeyCreate KeyGet KeyImport KeyDelete KeySign KeyVerify KeyWrap KeyUnwrap KeyEncrypt KeyDecrypt KeyUpdate KeyList
            KeyListVersions KeyPurge KeyBackup KeyRestore KeyRecover KeyGetDeleted KeyListDeleted
            KeyNearExpiryEventGridNotification KeyExpiredEventGridNotification KeyRotate KeyRotateIfDue KeyRotationPolicyGet
            KeyRotationPolicySet
            SecretSet SecretGet SecretUpdate SecretDelete SecretList SecretListVersions SecretPurge SecretBackup SecretRestore
            SecretRecover SecretGetDeleted SecretListDeleted SecretNearExpiryEventGridNotification
            SecretExpiredEventGridNotification
            CertificateGet CertificateCreate CertificateImport CertificateUpdate CertificateList CertificateListVersions
            CertificateDelete CertificatePurge CertificateBackup CertificateRestore CertificateRecover CertificateGetDeleted
            CertificateListDeleted CertificatePolicyGet CertificatePolicyUpdate CertificatePolicySet CertificateContactsGet
            CertificateContactsSet CertificateContactsDelete CertificateIssuerGet CertificateIssuerSet CertificateIssuerUpdate
            CertificateIssuerDelete CertificateIssuersList CertificateEnroll CertificateRenew CertificatePendingGet
            CertificatePendingMerge CertificatePendingUpdate CertificatePendingDelete
            CertificateNearExpiryEventGridNotification CertificateExpiredEventGridNotification
            """;

    private static final Set<String> KNOWN = Collections.unmodifiableSet(
            new TreeSet<>(Arrays.asList(NAMES.strip().split("\\s+"))));

    private Operations() {}

    /** All names that are known, sorted; immutable. */
    public static Set<String> known() {
        return KNOWN;
    }
}
