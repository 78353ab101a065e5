/** How the client finds the server that Sentinels name: 6 KB that a store with an address of its own never loads. */
import connectors from 'ioredis/built/connectors/SentinelConnector/index.js';

export const SentinelConnector = connectors.default;
