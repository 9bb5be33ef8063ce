import path from 'node:path';

import { builtConsole } from '../../bin/build-console.ts';
import { readHubConfig } from '../../bin/config.ts';
import { withOwnHub } from '../../bin/own-hub.ts';
import { launchBrowser } from './browser.ts';
import { cameraOf } from './screenshots/camera.ts';
import { takeCustomers, takeExpired } from './screenshots/customers.ts';
import { openStaff, storiesToTell, takeAfterMidnight, takeStaff } from './screenshots/staff.ts';
import { townOf } from './screenshots/town.ts';

// `npm run screenshots [-- folder]`: a hub of its own with a little world in it, and a picture of every main screen.

const folder = path.resolve(process.argv[2] ?? '.screenshots');
await builtConsole();
const browser = await launchBrowser();
try {
  await withOwnHub({ ...readHubConfig(process.env), LOG_LEVEL: 'error' }, async (sandbox) => {
    const camera = await cameraOf(browser, folder);
    const town = await townOf(sandbox);
    const staff = await openStaff({ camera, sandbox });
    await takeCustomers({ camera, town, sandbox });
    // These need their receivers to themselves.
    const told = await storiesToTell(town);
    const bustle = town.bustle();
    try {
      await takeStaff({ camera, sandbox, staff, told });
    } finally {
      await bustle.stop();
    }
    await takeExpired({ camera, town, sandbox });
    await takeAfterMidnight({ camera, town, sandbox, staff });
    process.stdout.write(`${camera.taken.length} pictures in ${path.relative(process.cwd(), folder) || '.'}\n`);
  });
} finally {
  await browser.close();
}
