/** The header of every SMB2 message (MS-SMB2 2.2.1), 64 bytes. */

export const headerBytes = 64;
export const signatureOffset = 48;

export const command = {
  negotiate: 0,
  sessionSetup: 1,
  treeConnect: 3,
  create: 5,
  close: 6,
  flush: 7,
  read: 8,
  write: 9,
  ioctl: 11,
  queryDirectory: 14,
  queryInfo: 16,
  setInfo: 17,
} as const;

/** What the body of a successful answer begins with, its size; an odd one counts a byte of what follows. */
const answerSizes: Readonly<Record<number, number>> = {
  [command.negotiate]: 65,
  [command.sessionSetup]: 9,
  [command.treeConnect]: 16,
  [command.create]: 89,
  [command.close]: 60,
  [command.flush]: 4,
  [command.read]: 17,
  [command.write]: 17,
  [command.ioctl]: 49,
  [command.queryDirectory]: 9,
  [command.queryInfo]: 9,
  [command.setInfo]: 2,
};

/** Whether a successful answer to that command has all the fields that it must have. */
export function isComplete(verb: number, message: Buffer): boolean {
  const size = answerSizes[verb];
  return (
    size !== undefined && message.readUInt16LE(headerBytes) === size && message.length >= headerBytes + (size & ~1)
  );
}

export const headerFlag = { fromServer: 1, async: 2, signed: 8 } as const;

const protocolId = 0x424d53fe; // 0xFE "SMB"
/** Marks a message of the server that nobody asked for. */
const unasked = 0xffff_ffff_ffff_ffffn;

export interface RequestHeader {
  readonly command: number;
  readonly creditCharge: number;
  readonly creditsAsked: number;
  readonly messageId: number;
  readonly treeId: number;
  readonly sessionId: bigint;
}

/** A message with its header, whose signature is still zero. */
export function writeMessage(header: RequestHeader, body: Uint8Array, payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(headerBytes + body.length + payload.length).fill(0, 0, headerBytes);
  message.writeUInt32LE(protocolId, 0);
  message.writeUInt16LE(headerBytes, 4);
  message.writeUInt16LE(header.creditCharge, 6);
  message.writeUInt16LE(header.command, 12);
  message.writeUInt16LE(header.creditsAsked, 14);
  message.writeBigUInt64LE(BigInt(header.messageId), 24);
  message.writeUInt32LE(header.treeId, 36);
  message.writeBigUInt64LE(header.sessionId, 40);
  message.set(body, headerBytes);
  message.set(payload, headerBytes + body.length);
  return message;
}

export interface Answer {
  readonly status: number;
  readonly credits: number;
  /** Undefined for a message that nobody asked for. */
  readonly messageId: number | undefined;
  readonly treeId: number;
  readonly sessionId: bigint;
  readonly flags: number;
  /** From the header's first byte on: offsets in a body count from there. */
  readonly message: Buffer;
}

/** Takes apart what came in one frame: one message, or several in a chain. Undefined when it is no SMB2. */
export function readMessages(frame: Buffer): Answer[] | undefined {
  const answers: Answer[] = [];
  for (let rest = frame; ;) {
    if (rest.length < headerBytes + 2 || rest.readUInt32LE(0) !== protocolId) return undefined;
    const next = rest.readUInt32LE(20);
    if (next > rest.length) return undefined;
    const message = next === 0 ? rest : rest.subarray(0, next);
    if (message.length < headerBytes + 2) return undefined;
    const messageId = message.readBigUInt64LE(24);
    answers.push({
      status: message.readUInt32LE(8),
      credits: message.readUInt16LE(14),
      messageId: messageId === unasked ? undefined : Number(messageId),
      treeId: message.readUInt32LE(36),
      sessionId: message.readBigUInt64LE(40),
      flags: message.readUInt32LE(16),
      message,
    });
    if (next === 0) return answers;
    rest = rest.subarray(next);
  }
}
