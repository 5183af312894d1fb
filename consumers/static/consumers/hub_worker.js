/**
 * The shared worker: one for all tabs of a browser on this origin, which holds their sockets to the hub.
 *
 * Tabs share a socket when address, token, tag and identity are the same for them. What a tab says: `attach` first,
 * then `frame`, `ack`, `pong`, `connect`, `reconnect`, `detach`. What it hears: `attached`, `batch`, `ping`, `heard`,
 * `dropped`.
 */

import { hold, uniqueName, whenLeft } from "./locks.js";
import { SharedSocket } from "./shared_socket.js";
import { Tab } from "./tab.js";

const PING_EVERY_MS = 10_000;

const sockets = new Map(); // Address, token, tag and identity → SharedSocket.
const tabs = new Set();
const lock = uniqueName("worker");
const holding = hold(lock);

setInterval(() => tabs.forEach((tab) => tab.ping()), PING_EVERY_MS);

globalThis.onconnect = async ({ ports: [port] }) => {
  const held = await holding; // What the tab says meanwhile waits in the port.
  port.onmessage = ({ data: { attach } }) => {
    if (attach) take(port, attach, held && lock);
  };
};

/** Let a tab in: its port from now on leads to the socket that it shares. */
function take(port, { url, token, identity, tag, lock: tabsLock }, workersLock) {
  const key = JSON.stringify([url, token ?? null, tag, identity ?? null]);
  const tab = new Tab(port, () => {
    stopWatching();
    tabs.delete(tab);
    socket.leave(tab);
  });
  const socket = sockets.get(key) ?? new SharedSocket({ url, token, identity }, () => sockets.delete(key));
  sockets.set(key, socket);
  tabs.add(tab);
  port.onmessage = ({ data }) => tab.ended || hear(socket, tab, data);
  const stopWatching = whenLeft(tabsLock, () => tab.end());
  tab.attached(workersLock);
  socket.join(tab);
}

function hear(socket, tab, data) {
  if (data.frame) socket.hear(tab, data.frame, data.generation);
  else if (data.ack) tab.acknowledged();
  else if (data.pong) tab.ponged();
  else if (data.connect) socket.connect();
  else if (data.reconnect) socket.reconnect(data.generation);
  else if (data.detach) tab.end();
}
