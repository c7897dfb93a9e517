package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.EventCodec;
import dev.vaultwatch.log.SaidCodec;
import dev.vaultwatch.store.EventStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** State in and out by key; the form is drawn at {@link dev.vaultwatch.api.DetectionPlugin#snapshot}. */
final class Snapshots {
}
