const UPLOAD = /^\/admin\/o\/[^/?]+\/upload\?/;

/** Whether an address, without its host, is where a lead file is sent to: the one that takes more, and for longer. */
export function isUploadAddress(address: string): boolean {
  return UPLOAD.test(address);
}
