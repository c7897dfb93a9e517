package dev.vaultwatch.bench;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The {@link Yardstick}'s fields in rows of Log Analytics, in ECS documents nested or dotted, and in raw records. One thread at a time. */
final class ShapeFields {
    private static final String PLATFORM_LOGS = "azure.platformlogs";

    /** The fields of the record that is being read. */
    private static final class Found {
        private @Nullable String time;
        private @Nullable String category;
        private @Nullable String dataset;
        private @Nullable String action;
        private @Nullable String upn;
        private @Nullable String upnByUrl;
        private @Nullable String appId;
        private @Nullable String objectId;
        private @Nullable String ip;
        private @Nullable String resourceId;
        private @Nullable String resultType;
        private @Nullable String signature;
    }

    Yardstick.@Nullable Event read(JsonParser parser) throws IOException {
        Found found = new Found();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            top(parser, name, found);
        }
        boolean audit = found.dataset != null
                ? found.dataset.equals(PLATFORM_LOGS)
                : found.category == null || found.category.equals("AuditEvent");
        if (!audit) {
            return null;
        }
        return Yardstick.event(
                found.time,
                found.action,
                found.upn == null ? found.upnByUrl : found.upn,
                found.appId,
                found.objectId,
                found.ip,
                found.resourceId,
                found.resultType,
                found.signature);
    }

    private static void top(JsonParser parser, String name, Found found) throws IOException {
        switch (name) {
            case "time", "TimeGenerated", "@timestamp" -> found.time = parser.nextTextValue();
            case "category", "Category" -> found.category = parser.nextTextValue();
            case "operationName", "OperationName", "event.action" -> found.action = parser.nextTextValue();
            case "event.dataset" -> found.dataset = parser.nextTextValue();
            case "callerIpAddress", "CallerIPAddress", "CallerIpAddress", "source.ip" ->
                found.ip = parser.nextTextValue();
            case "resourceId", "ResourceId", "_ResourceId", "azure.resource.id" ->
                found.resourceId = parser.nextTextValue();
            case "resultType", "ResultType", "azure.platformlogs.result_type" ->
                found.resultType = parser.nextTextValue();
            case "resultSignature", "ResultSignature", "azure.platformlogs.result_signature" ->
                found.signature = parser.nextTextValue();
            case "identity_claim_upn_s", "azure.platformlogs.identity.claim.upn" -> found.upn = parser.nextTextValue();
            case "identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s",
                    "azure.platformlogs.identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn" ->
                found.upnByUrl = parser.nextTextValue();
            case "identity_claim_appid_g", "azure.platformlogs.identity.claim.appid" ->
                found.appId = parser.nextTextValue();
            case "identity_claim_oid_g", "azure.platformlogs.identity.claim.oid" ->
                found.objectId = parser.nextTextValue();
            case "identity", "Identity" -> within(parser, found, "claim", ShapeFields::claim);
            case "event" -> object(parser, found, ShapeFields::event);
            case "source" -> object(parser, found, ShapeFields::source);
            case "azure" -> object(parser, found, ShapeFields::azure);
            default -> skip(parser);
        }
    }

    private interface Member {
        void take(JsonParser parser, String name, Found found) throws IOException;
    }

    /** Takes the members of the object that is the next value. */
    private static void object(JsonParser parser, Found found, Member member) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            member.take(parser, name, found);
        }
    }

    private static void within(JsonParser parser, Found found, String inner, Member member) throws IOException {
        object(parser, found, (parser1, name, found1) -> {
            if (name.equals(inner)) {
                object(parser1, found1, member);
            } else {
                skip(parser1);
            }
        });
    }

    private static void claim(JsonParser parser, String name, Found found) throws IOException {
        switch (name) {
            case "upn" -> found.upn = parser.nextTextValue();
            case "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn" -> found.upnByUrl = parser.nextTextValue();
            case "appid" -> found.appId = parser.nextTextValue();
            case "oid" -> found.objectId = parser.nextTextValue();
            default -> skip(parser);
        }
    }

    private static void event(JsonParser parser, String name, Found found) throws IOException {
        switch (name) {
            case "action" -> found.action = parser.nextTextValue();
            case "dataset" -> found.dataset = parser.nextTextValue();
            default -> skip(parser);
        }
    }

    private static void source(JsonParser parser, String name, Found found) throws IOException {
        if (name.equals("ip")) {
            found.ip = parser.nextTextValue();
        } else {
            skip(parser);
        }
    }

    private static void azure(JsonParser parser, String name, Found found) throws IOException {
        switch (name) {
            case "platformlogs" -> object(parser, found, ShapeFields::platformLogs);
            case "resource" ->
                object(parser, found, (parser1, name1, found1) -> {
                    if (name1.equals("id")) {
                        found1.resourceId = parser1.nextTextValue();
                    } else {
                        skip(parser1);
                    }
                });
            default -> skip(parser);
        }
    }

    private static void platformLogs(JsonParser parser, String name, Found found) throws IOException {
        switch (name) {
            case "identity" -> within(parser, found, "claim", ShapeFields::claim);
            case "result_type" -> found.resultType = parser.nextTextValue();
            case "result_signature" -> found.signature = parser.nextTextValue();
            default -> skip(parser);
        }
    }

    private static void skip(JsonParser parser) throws IOException {
        parser.nextToken();
        parser.skipChildren();
    }
}
