/** What a host may rely on, whatever its threads do: an order of calls, bounded ends, nothing touched, nothing said aloud. */
package dev.vaultwatch.contract;
