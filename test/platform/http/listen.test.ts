import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type WebServer } from '../../../src/platform/http/listen.ts';
import { sendRequest } from '../../security/raw-http.ts';

let listening: WebServer;
let release: () => void;
let arrived: Promise<void>;

beforeEach(async () => {
  const app = express();
  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  app.get('/slow', async (_req, res) => {
    arrive();
    await released;
    res.send('done');
  });
  app.get('/streaming', async (_req, res) => {
    res.write('half, ');
    arrive();
    await released;
    res.end('whole');
  });
  app.get('/', (_req, res) => {
    res.send('here');
  });
  listening = await listen(app, 0);
});
afterEach(async () => {
  release();
  await listening.stop();
});

describe('stopping a server', () => {
  it.each(['/slow', '/streaming'])(
    'waits for a request in progress on a keep-alive connection: %s',
    async (path) => {
      const agent = new Agent({ keepAlive: true });
      const response = sendRequest(listening.port, path, { agent });
      await arrived;
      const stopped = listening.stop();
      release();
      expect((await response).text).toBe(path === '/slow' ? 'done' : 'half, whole');
      await stopped;
      agent.destroy();
    },
  );

  it('rejects new requests', async () => {
    const slow = sendRequest(listening.port, '/slow');
    await arrived;
    const stopped = listening.stop();
    const late = connect(listening.port, '127.0.0.1');
    const [error] = await once(late, 'error');
    expect(error.code).toBe('ECONNREFUSED');
    release();
    await slow;
    await stopped;
  });

  it('doesn’t wait for connections without a request', async () => {
    const silent = connect(listening.port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    // A response on another connection: the silent one has been accepted by now.
    expect((await sendRequest(listening.port, '/')).text).toBe('here');
    await listening.stop();
    if (!silent.destroyed) await once(silent.resume(), 'close');
  });

  it('doesn’t wait for idle keep-alive connections', async () => {
    const agent = new Agent({ keepAlive: true });
    expect((await sendRequest(listening.port, '/', { agent })).text).toBe('here');
    await listening.stop();
    agent.destroy();
  });

  it('works when called twice', async () => {
    await Promise.all([listening.stop(), listening.stop()]);
  });
});

describe('a port that is in use', () => {
  it('is reported with advice', async () => {
    const message = `Port ${listening.port} is in use. Set PORT to another one.`;
    await expect(listen(express(), listening.port)).rejects.toThrow(message);
  });
});
