import { readHubConfig } from './config.ts';
import { withOwnHub } from './own-hub.ts';
import { writeChapter } from './record/chapter-file.ts';
import { RECORDED_CHAPTERS } from './record/chapters.ts';
import { recordScene } from './record/recorder.ts';

/*
 * `npm run record [-- chapter …]` plays the scenes of those chapters of docs/ that show messages, against a hub of its own, and writes what was said
 * into docs/recorded/ and between the marks of the chapters. Nothing that they show is typed by hand.
 *
 * To show messages in a chapter `docs/<chapter>.md`:
 * 1. write its scene, `bin/record/<chapter>.ts`: it makes things happen in the sandbox and names each message with `heard`, `send` or `graphql` of the
 *    recorder (recorder.ts); e-commerce.ts is an example;
 * 2. list the scene in chapters.ts;
 * 3. write `<!-- recorded: name -->` and `<!-- end -->` into the chapter where a message belongs;
 * 4. run `npm run record -- <chapter>` and commit what it writes.
 * test/tooling/docs-facts.test.ts compares the chapters with the recordings; test/flows/docs.test.ts plays every scene again and compares what is said then.
 */

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in RECORDED_CHAPTERS));
if (unknown.length > 0) throw new Error(`no scene is called ${unknown.join(', ')}: there are ${Object.keys(RECORDED_CHAPTERS).join(', ')}`);

await withOwnHub(readHubConfig(process.env), async (sandbox) => {
  for (const [chapter, scene] of Object.entries(RECORDED_CHAPTERS)) {
    if (asked.length > 0 && !asked.includes(chapter)) continue;
    const recording = await recordScene(sandbox, scene);
    await writeChapter(chapter, recording);
    console.log(`${chapter}: ${Object.keys(recording).length} messages`);
  }
});
