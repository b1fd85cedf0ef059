import { Args, Flags } from '@oclif/core';
import type { DownloadRequest } from '@hayloft/assembly';
import { BackupError } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { formatBytes } from '../../format.ts';
import { imageResult } from '../../image-result.ts';
import { makeImage } from '../../make-image.ts';
import { credentialsFlag, switchFlag } from '../../shared-flags.ts';

export class ImageCreate extends BaseCommand {
  static override summary = 'Make an image from a URL, a file, standard input, a backup or another image.';
  static override description =
    'The image is hashed while it is read, and appears under its name only when it is complete, durable and of the expected checksum. An interrupted run of the same command goes on where it stopped (not from standard input).';
  static override examples = [
    '<%= config.bin %> image create ubuntu --from https://cloud-images.ubuntu.com/noble.img --checksum $SHA512',
    'qemu-img convert -O raw disk.vmdk /dev/stdout | <%= config.bin %> image create old-server --from - --pad',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the new image.' }) };
  static override flags = {
    from: Flags.string({
      required: true,
      helpValue: 'SOURCE',
      summary: "http(s) URL, path, -, backup's URL, or image:NAME.",
    }),
    checksum: Flags.string({ helpValue: 'SHA512', summary: 'Expected SHA-512 of the source, 128 hex digits.' }),
    pad: switchFlag({ summary: 'Append zeros up to the next multiple of 512 bytes.' }),
    header: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME:VALUE',
      summary: 'Header of the request; none that holds a secret.',
    }),
    'header-file': Flags.string({ helpValue: 'FILE', summary: 'File with one header a line, also secret ones.' }),
    user: Flags.string({ summary: 'User name for the download.' }),
    'password-file': Flags.string({ helpValue: 'FILE', summary: "File with the user's password." }),
    'token-file': Flags.string({ helpValue: 'FILE', summary: 'File with a bearer token.' }),
    cacert: Flags.string({ helpValue: 'FILE', summary: 'PEM file with further certificate authorities.' }),
    credentials: credentialsFlag,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageCreate);
    await using bench = await this.open(flags);
    const download = downloadOf(flags);
    const { name } = args;
    const { from, pad, credentials } = flags;
    const checksum = flags.checksum?.trim().toLowerCase();
    const { image, kept } = await makeImage({ name, from, pad, checksum, download, credentials }, bench);
    bench.progress.stop();
    this.log(`${kept ? 'Kept' : 'Made'} the image ${name}: ${formatBytes(image.sizeBytes)}, SHA-512 ${image.checksum}`);
    return imageResult(image);
  }
}

interface DownloadFlags {
  readonly header?: string[] | undefined;
  readonly 'header-file'?: string | undefined;
  readonly user?: string | undefined;
  readonly 'password-file'?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly cacert?: string | undefined;
}

function downloadOf(flags: DownloadFlags): DownloadRequest | undefined {
  const request: DownloadRequest = {
    headers: flags.header === undefined ? undefined : Object.fromEntries(flags.header.map(parseHeader)),
    headerFile: flags['header-file'],
    user: flags.user,
    passwordFile: flags['password-file'],
    tokenFile: flags['token-file'],
    cacert: flags.cacert,
  };
  return Object.values(request).every((value) => value === undefined) ? undefined : request;
}

function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  // The value is not shown: it may be a secret that was put here by mistake.
  if (colon > 0) return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  throw new BackupError('USAGE_INVALID', 'A --header is not NAME:VALUE', {
    remedy: 'Write it as --header "Accept: application/octet-stream".',
  });
}
