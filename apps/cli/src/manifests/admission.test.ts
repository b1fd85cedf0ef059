import { expect, test } from '@jest/globals';
import { isBackupError } from '@hayloft/engine';
import { admit } from './admission.ts';
import { inOrder } from './order.ts';
import { nameOf } from './manifest.ts';
import { parseManifests } from './read-manifests.ts';

const image = (name: string, spec: string): string =>
  `apiVersion: longhorn.io/v1beta2\nkind: BackingImage\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const target = (name: string, spec: string): string =>
  `apiVersion: longhorn.io/v1beta2\nkind: BackupTarget\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const backup = (name: string, spec: string): string =>
  `apiVersion: longhorn.io/v1beta2\nkind: BackupBackingImage\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const secret = (name: string, values: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name} }\nstringData: ${values}\n`;
const download = (url: string): string => `{ sourceType: download, sourceParameters: { url: "${url}" } }`;

function refusal(...texts: string[]): string {
  try {
    admit(parseManifests(texts.join('---\n'), 'm.yaml'));
    return 'admitted';
  } catch (error) {
    if (!isBackupError(error, 'USAGE_INVALID', 'CONFIGURATION_INVALID')) throw error;
    return error.message;
  }
}

test.each([
  [image('A', download('http://h/x')), 'invalid name A'],
  [image('x', download('http://h/x')), 'invalid name x'],
  [image('x1', '{ sourceType: upload, checksum: abc }'), 'invalid checksum abc'],
  [image('x1', '{ sourceType: upload, dataEngine: v2 }'), 'v2 backing image is not supported'],
  [
    image('x1', '{ sourceType: upload, minNumberOfCopies: 0 }'),
    'minimum number of backing image copies 0 must larger than 0',
  ],
  [image('x1', '{ sourceType: download }'), 'download URL is not provided'],
  [image('x1', download('example.com/image.img')), 'invalid URI for request'],
  [image('x1', download('//example.com/image.img')), 'invalid download URL scheme ""'],
  [image('x1', download('ftp://h/x')), 'invalid download URL scheme "ftp"'],
  [image('x1', download('http://127.0.0.1/x')), 'admitted'],
  [image('x1', '{ sourceType: clone }'), 'invalid parameter map[] for source type clone'],
  [
    image('x1', '{ sourceType: clone, sourceParameters: { backing-image: y1, encryption: rot13 } }'),
    'encryption rot13 is not supported',
  ],
  [
    image('x1', '{ sourceType: clone, sourceParameters: { backing-image: y1, encryption: encrypt } }'),
    'secret is not provided',
  ],
  [image('x1', '{ sourceType: clone, sourceParameters: { backing_image: y1 } }'), 'Did you mean "backing-image"?'],
  [image('x1', '{ sourceType: restore }'), 'backup URL is not provided'],
  [image('x1', '{ sourceType: restore, sourceParameters: { backup-url: "s3://b@r/" } }'), 'names no backup'],
  [
    image(
      'x1',
      '{ sourceType: restore, sourceParameters: { backup-url: "nfs://h:/p?backingImage=x1", concurrent-limit: "2" } }',
    ),
    'admitted',
  ],
  [image('x1', '{ sourceType: restore, sourceParameters: { concurrent-limit: 2 } }'), 'quotes'],
  [image('x1', '{ sourceType: telepathy }'), 'sourceType'],
  [target('t1', '{ backupTargetURL: "gopher://h/" }'), 'unsupported protocol gopher'],
  [target('t1', '{ backupTargetURL: "nfs://h:/a,b" }'), 'contains ,'],
  [target('t1', '{ backupTargetURL: "s3://key:hush@b/" }'), 'password'],
  [target('t1', '{ backupTargetURL: "s3://b@r/", pollInterval: 5 minutes }'), 'invalid pollInterval'],
  [target('t1', '{ backupTargetURL: "s3://b@r/", pollInterval: 5m0s }'), 'admitted'],
  [secret('s1', '{ AWS_ACCESS_KEY_ID: "hush " }'), 'invalid trailing whitespace in AWS_ACCESS_KEY_ID'],
  [secret('s1', '{ CIFS_PASSWORD: "\\nhush" }'), 'leading newline in CIFS_PASSWORD'],
  [backup('b1', '{ userCreated: true, labels: { a: "" } }'), 'value of "a" is empty'],
])('Longhorn’s rule: %# %s', (text, says) => {
  expect(refusal(text)).toContain(says);
  expect(refusal(text)).not.toContain('hush');
});

test('two objects for one thing are refused, unless they say the same', () => {
  const one = backup('b1', '{ userCreated: true, backingImage: x1, labels: { a: b } }');
  const same = backup('x1', '{ userCreated: true, labels: { a: b } }');
  const other = backup('b2', '{ userCreated: true, backingImage: x1 }');
  expect(refusal(one, same)).toBe('admitted');
  expect(refusal(one, one)).toBe('admitted');
  expect(refusal(one, other)).toContain('backup backing image x1 for backup target default already exists');
  expect(refusal(image('x1', '{ sourceType: upload }'), image('x1', download('http://h/x')))).toContain('twice');
  expect(
    refusal(target('t1', '{ backupTargetURL: "s3://B@r/" }'), target('t2', '{ backupTargetURL: "s3://b@r" }')),
  ).toContain('same to backup target t1');
});

test('objects follow those that they need, and a circle ends', () => {
  const texts = [
    image('copy', '{ sourceType: clone, sourceParameters: { backing-image: back } }'),
    image('back', '{ sourceType: restore, sourceParameters: { backup-url: "file:///s/?backingImage=parrot" } }'),
    backup('b1', '{ userCreated: true, backingImage: parrot }'),
    image('parrot', download('http://h/x')),
    target('default', '{ backupTargetURL: "file:///s/" }'),
    secret('s1', '{}'),
  ];
  const names = (some: string[]): string[] => inOrder(parseManifests(some.join('---\n'), 'm.yaml')).map(nameOf);
  const expected = [
    'Secret s1',
    'BackupTarget default',
    'BackingImage parrot',
    'BackupBackingImage b1',
    'BackingImage back',
    'BackingImage copy',
  ];
  expect(names(texts)).toEqual(expected);
  expect(names([...texts].reverse())).toEqual(expected);
  const circle = [
    backup('b1', '{ userCreated: true, backingImage: parrot }'),
    image('parrot', '{ sourceType: restore, sourceParameters: { backup-url: "file:///s/?backingImage=parrot" } }'),
  ];
  expect(names(circle)).toHaveLength(2);
});
