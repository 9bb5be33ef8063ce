import http from 'node:http';

/** Requests of several connections, each sending its next one when it has its answer. */
export interface LoadResult {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

/** `bodies` are sent in turn. Throws when an answer is not 200 or carries GraphQL errors. */
export async function load(o: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: o.connections });
  const latenciesMs: number[] = [];
  const started = performance.now();
  const until = started + o.seconds * 1000;
  let next = 0;
  const connection = async () => {
    while (performance.now() < until) {
      const body = o.bodies[(next += 1) % o.bodies.length] ?? '';
      const sent = performance.now();
      const answer = await post(agent, o.url, o.headers, body);
      if (answer.includes('"errors"')) throw new Error(`an answer with errors: ${answer.slice(0, 300)}`);
      latenciesMs.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: o.connections }, connection));
  agent.destroy();
  return { perSecond: latenciesMs.length / ((performance.now() - started) / 1000), latenciesMs };
}

function post(agent: http.Agent, url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    };
    const request = http.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
