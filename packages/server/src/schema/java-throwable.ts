/**
 * An error in the bytes of Java's object serialization, so that Flink's own clients show it.
 *
 * What is written is a `SerializedThrowable` that holds no serialized exception of its own: a client
 * shows its texts and its causes, and unpacks nothing.
 *
 * Flink: org.apache.flink.util.SerializedThrowable. Format: Java Object Serialization Specification, 6.
 */

/** As Java sees it. */
export interface JavaThrowable {
  /** Name of the class that the text begins with. */
  readonly className: string;
  readonly message: string;
  /** All of it, as Java prints it: with the causes. */
  readonly stackTrace: string;
  readonly cause: JavaThrowable | undefined;
}

const TC_NULL = 0x70;
const TC_REFERENCE = 0x71;
const TC_CLASSDESC = 0x72;
const TC_OBJECT = 0x73;
const TC_STRING = 0x74;
const TC_ARRAY = 0x75;
const TC_ENDBLOCKDATA = 0x78;
const TC_LONGSTRING = 0x7c;
const SC_WRITE_METHOD = 1;
const SC_SERIALIZABLE = 2;
const FIRST_HANDLE = 0x7e0000;
const STRING_LENGTH_MAX = 0xffff;

interface JavaClass {
  readonly name: string;
  readonly serialVersionUid: bigint;
  readonly flags: number;
  /** Of objects and arrays, in the order of their names. */
  readonly fields: readonly (readonly [name: string, type: string])[];
  readonly parent: JavaClass | undefined;
}

const STRING = 'Ljava/lang/String;';

const THROWABLE: JavaClass = {
  name: 'java.lang.Throwable',
  serialVersionUid: 0xd5c635273977b8cbn,
  flags: SC_SERIALIZABLE | SC_WRITE_METHOD,
  fields: [
    ['cause', 'Ljava/lang/Throwable;'],
    ['detailMessage', STRING],
    ['stackTrace', '[Ljava/lang/StackTraceElement;'],
    ['suppressedExceptions', 'Ljava/util/List;'],
  ],
  parent: undefined,
};

const EXCEPTION: JavaClass = {
  name: 'java.lang.Exception',
  serialVersionUid: 0xd0fd1f3e1a3b1cc4n,
  flags: SC_SERIALIZABLE,
  fields: [],
  parent: THROWABLE,
};

const SERIALIZED_THROWABLE: JavaClass = {
  name: 'org.apache.flink.util.SerializedThrowable',
  serialVersionUid: 0x65169df51fa713f3n,
  flags: SC_SERIALIZABLE,
  fields: [
    ['fullStringifiedStackTrace', STRING],
    ['originalErrorClassName', STRING],
    ['serializedException', '[B'],
  ],
  parent: EXCEPTION,
};

const STACK_TRACE_ELEMENTS: JavaClass = {
  name: '[Ljava.lang.StackTraceElement;',
  serialVersionUid: 0x02462a3c3cfd2239n,
  flags: SC_SERIALIZABLE,
  fields: [],
  parent: undefined,
};

/** @returns the stream of `ObjectOutputStream`, its header included */
export function javaThrowable(throwable: JavaThrowable): Uint8Array {
  const stream = new JavaObjectStream();
  stream.throwable(throwable);
  return stream.bytes();
}

class JavaObjectStream {
  private readonly parts: Uint8Array[] = [Uint8Array.of(0xac, 0xed, 0, 5)];
  private isDescribed = false;

  bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }

  throwable({ className, message, stackTrace, cause }: JavaThrowable): void {
    this.byte(TC_OBJECT);
    if (this.isDescribed) {
      this.byte(TC_REFERENCE);
      this.uint32(FIRST_HANDLE); // The class is the first thing that the stream describes.
    } else {
      this.isDescribed = true;
      this.classDescription(SERIALIZED_THROWABLE);
    }
    if (cause === undefined) {
      this.byte(TC_NULL);
    } else {
      this.throwable(cause);
    }
    this.string(message);
    this.byte(TC_ARRAY); // A stack of none of Java's frames.
    this.classDescription(STACK_TRACE_ELEMENTS);
    this.uint32(0);
    this.byte(TC_NULL); // Suppressed exceptions.
    this.byte(TC_ENDBLOCKDATA);
    this.string(stackTrace);
    this.string(className);
    this.byte(TC_NULL); // The exception itself.
  }

  private classDescription({ name, serialVersionUid, flags, fields, parent }: JavaClass): void {
    this.byte(TC_CLASSDESC);
    this.utf(name);
    const uid = Buffer.alloc(8);
    uid.writeBigUInt64BE(serialVersionUid);
    this.parts.push(uid, Uint8Array.of(flags, fields.length >> 8, fields.length & 0xff));
    for (const [field, type] of fields) {
      this.byte(type.charCodeAt(0));
      this.utf(field);
      this.string(type);
    }
    this.byte(TC_ENDBLOCKDATA);
    if (parent === undefined) {
      this.byte(TC_NULL);
    } else {
      this.classDescription(parent);
    }
  }

  private string(text: string): void {
    const bytes = modifiedUtf8(text);
    if (bytes.length <= STRING_LENGTH_MAX) {
      this.byte(TC_STRING);
      this.uint16(bytes.length);
    } else {
      this.byte(TC_LONGSTRING);
      this.uint32(0);
      this.uint32(bytes.length);
    }
    this.parts.push(bytes);
  }

  private utf(text: string): void {
    const bytes = modifiedUtf8(text);
    this.uint16(bytes.length);
    this.parts.push(bytes);
  }

  private byte(value: number): void {
    this.parts.push(Uint8Array.of(value));
  }

  private uint16(value: number): void {
    this.parts.push(Uint8Array.of(value >> 8, value & 0xff));
  }

  private uint32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    this.parts.push(bytes);
  }
}

/** Each UTF-16 unit by itself, and no zero byte. Java: DataOutput.writeUTF. */
function modifiedUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length);
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 1 && unit <= 0x7f) {
      bytes[end++] = unit;
    } else if (unit <= 0x7ff) {
      bytes[end++] = 0xc0 | (unit >> 6);
      bytes[end++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[end++] = 0xe0 | (unit >> 12);
      bytes[end++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[end++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes.subarray(0, end);
}
