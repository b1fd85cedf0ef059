/** SMB over TCP and RPC put a length of four bytes before each message; RPC marks the last piece of one in its top bit. */
const lengthBytes = 4;
const lengthMask = 0x7fff_ffff;

/** Cuts a stream of bytes into its messages, each with its length in front. */
export class Frames {
  #pending: Buffer = Buffer.alloc(0);

  /** The messages that are complete with `chunk`. */
  take(chunk: Buffer): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const whole: Buffer[] = [];
    for (;;) {
      if (this.#pending.length < lengthBytes) return whole;
      const end = lengthBytes + (this.#pending.readUInt32BE(0) & lengthMask);
      if (this.#pending.length < end) return whole;
      whole.push(this.#pending.subarray(0, end));
      this.#pending = this.#pending.subarray(end);
    }
  }
}
