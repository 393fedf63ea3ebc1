package lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import org.rocksdb.*;

/**
 * Databases by the RocksDB that Flink uses, of random options and a random history each, beside what RocksDB reads from them.
 *
 * args: OUT SEED COUNT
 * OUT/N/db: the files of a checkpoint of the database; OUT/N/expected.json: options, and families.NAME: [[key, value] in hex, in order].
 */
public class RocksFiles {
    static final String[] FAMILIES = {"values", "lists"};
    static final CompressionType[] COMPRESSIONS = {CompressionType.NO_COMPRESSION, CompressionType.SNAPPY_COMPRESSION, CompressionType.ZLIB_COMPRESSION, CompressionType.LZ4_COMPRESSION, CompressionType.LZ4HC_COMPRESSION};
    /** Keys begin with a key group of two bytes, so that all of the first byte's values up to 127 are one. */
    static final int KEY_GROUPS = 512;

    final Random random;
    final Map<String, Object> options = new LinkedHashMap<>();
    final File folder;

    RocksFiles(File folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L); // Seeds that follow each other begin alike.
    }

    public static void main(String[] args) throws Exception {
        RocksDB.loadLibrary();
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            new RocksFiles(new File(args[0], String.valueOf(i)), Long.parseLong(args[1]) + i).make();
        }
    }

    <T> T pick(String name, T... values) {
        T value = values[random.nextInt(values.length)];
        options.put(name, String.valueOf(value));
        return value;
    }

    ColumnFamilyOptions columnFamilyOptions() {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setFormatVersion(pick("format version", 2, 3, 4, 5))
                .setBlockSize(pick("block size", 64, 256, 4096))
                .setBlockRestartInterval(pick("restart interval", 1, 4, 16))
                .setIndexBlockRestartInterval(pick("index restart interval", 1, 1, 3))
                .setChecksumType(pick("checksum", ChecksumType.kCRC32c, ChecksumType.kCRC32c, ChecksumType.kxxHash, ChecksumType.kxxHash64, ChecksumType.kNoChecksum))
                .setEnableIndexCompression(pick("index compression", true, false))
                .setIndexType(pick("index type", IndexType.kBinarySearch, IndexType.kTwoLevelIndexSearch, IndexType.kBinarySearchWithFirstKey, IndexType.kHashSearch))
                .setDataBlockIndexType(pick("data block index", DataBlockIndexType.kDataBlockBinarySearch, DataBlockIndexType.kDataBlockBinaryAndHash))
                .setMetadataBlockSize(pick("metadata block size", 64, 4096))
                .setBlockAlign(false);
        switch (pick("filter", "none", "bloom", "block bloom", "partitioned bloom")) {
            case "bloom": table.setFilterPolicy(new BloomFilter(10, false)); break;
            case "block bloom": table.setFilterPolicy(new BloomFilter(10, true)); break;
            case "partitioned bloom": table.setFilterPolicy(new BloomFilter(10, false)); table.setPartitionFilters(true); break;
            default: break;
        }
        ColumnFamilyOptions family = new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setMergeOperatorName("stringappendtest")
                .setCompressionType(pick("compression", COMPRESSIONS))
                .setTargetFileSizeBase(pick("file size", 1024, 8192, 1 << 20))
                .setMaxBytesForLevelBase(pick("level size", 4096, 1 << 20))
                .setNumLevels(pick("levels", 3, 7))
                .setWriteBufferSize(1 << 20)
                .setDisableAutoCompactions(pick("compactions by themselves", true, false));
        family.useFixedLengthPrefixExtractor(2);
        return family;
    }

    void make() throws Exception {
        Path work = Files.createTempDirectory("rocks-files");
        folder.mkdirs();
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY));
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        ColumnFamilyOptions familyOptions = columnFamilyOptions();
        for (String name : FAMILIES) {
            descriptors.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), familyOptions));
        }
        DBOptions dbOptions = new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true).setAtomicFlush(pick("atomic flush", true, false));
        List<Snapshot> snapshots = new ArrayList<>();
        try (RocksDB db = RocksDB.open(dbOptions, work.resolve("live").toString(), descriptors, handles)) {
            int steps = pick("steps", 20, 200, 1500);
            for (int i = 0; i < steps; i++) {
                step(db, handles.get(1 + random.nextInt(FAMILIES.length)), handles, snapshots, work, familyOptions);
            }
            for (Snapshot snapshot : snapshots) db.releaseSnapshot(snapshot);
            Map<String, Object> families = new LinkedHashMap<>();
            for (int i = 0; i < FAMILIES.length; i++) families.put(FAMILIES[i], contents(db, handles.get(i + 1)));
            try (Checkpoint checkpoint = Checkpoint.create(db)) {
                checkpoint.createCheckpoint(new File(folder, "db").getAbsolutePath());
            }
            new ObjectMapper().writeValue(new File(folder, "expected.json"), Map.of("options", options, "keyGroups", KEY_GROUPS, "families", families));
            for (ColumnFamilyHandle handle : handles) handle.close();
        }
        org.apache.flink.util.FileUtils.deleteDirectoryQuietly(work.toFile());
    }

    void step(RocksDB db, ColumnFamilyHandle family, List<ColumnFamilyHandle> handles, List<Snapshot> snapshots, Path work, ColumnFamilyOptions familyOptions) throws Exception {
        int what = random.nextInt(100);
        if (what < 45) {
            db.put(family, key(), value());
        } else if (what < 75) {
            db.merge(family, key(), value());
        } else if (what < 85) {
            db.delete(family, key());
        } else if (what < 88) {
            // Only for what was put once: anything else is undefined.
            byte[] once = key();
            once[0] = 1;
            once = Arrays.copyOf(once, once.length + 8);
            java.nio.ByteBuffer.wrap(once).putLong(once.length - 8, random.nextLong());
            db.put(family, once, value());
            if (random.nextBoolean()) db.flush(new FlushOptions(), handles);
            if (random.nextBoolean()) db.singleDelete(family, once);
        } else if (what < 90) {
            byte[] a = key(), b = key();
            if (Arrays.compareUnsigned(a, b) > 0) { byte[] c = a; a = b; b = c; }
            db.deleteRange(family, a, b);
        } else if (what < 95) {
            db.flush(new FlushOptions().setWaitForFlush(true), random.nextBoolean() ? handles : List.of(family));
        } else if (what < 96) {
            if (random.nextBoolean()) db.compactRange(family);
            else {
                byte[] a = key(), b = key();
                if (Arrays.compareUnsigned(a, b) > 0) { byte[] c = a; a = b; b = c; }
                db.compactRange(family, a, b);
            }
        } else if (what < 98) {
            if (snapshots.size() < 5) snapshots.add(db.getSnapshot());
            else db.releaseSnapshot(snapshots.remove(random.nextInt(snapshots.size())));
        } else if (what < 99) {
            ingest(db, family, work, familyOptions);
        } else {
            byte[] big = new byte[3000 + random.nextInt(40000)];
            if (random.nextBoolean()) random.nextBytes(big);
            db.put(family, key(), big);
        }
    }

    void ingest(RocksDB db, ColumnFamilyHandle family, Path work, ColumnFamilyOptions familyOptions) throws Exception {
        TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < 1 + random.nextInt(20); i++) entries.put(key(), value());
        String path = work.resolve("external-" + random.nextLong() + ".sst").toString();
        try (SstFileWriter writer = new SstFileWriter(new EnvOptions(), new Options(new DBOptions(), familyOptions))) {
            writer.open(path);
            for (Map.Entry<byte[], byte[]> entry : entries.entrySet()) {
                int kind = random.nextInt(4);
                if (kind == 0) writer.merge(entry.getKey(), entry.getValue());
                else if (kind == 1) writer.delete(entry.getKey());
                else writer.put(entry.getKey(), entry.getValue());
            }
            writer.finish();
        }
        db.ingestExternalFile(family, List.of(path), new IngestExternalFileOptions().setWriteGlobalSeqno(pick("global sequence number in the file", true, false)));
    }

    /** Few different ones, so that they are written again. */
    byte[] key() {
        int length = random.nextInt(20) == 0 ? 30 + random.nextInt(300) : random.nextInt(4);
        byte[] key = new byte[2 + length];
        int keyGroup = random.nextInt(4) * 99; // 0, 99, 198, 297
        key[0] = (byte) (keyGroup >> 8);
        key[1] = (byte) keyGroup;
        byte[] alphabet = {0, 1, 0x2c, (byte) 0x80, (byte) 0xff};
        for (int i = 2; i < key.length; i++) key[i] = length > 4 ? (byte) (i / 3) : alphabet[random.nextInt(alphabet.length)];
        return key;
    }

    byte[] value() {
        byte[] value = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(60)];
        for (int i = 0; i < value.length; i++) value[i] = (byte) (i < 8 ? random.nextInt() : i % 3);
        return value;
    }

    static List<String[]> contents(RocksDB db, ColumnFamilyHandle family) {
        List<String[]> entries = new ArrayList<>();
        try (ReadOptions all = new ReadOptions().setTotalOrderSeek(true); RocksIterator iterator = db.newIterator(family, all)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) entries.add(new String[] {hex(iterator.key()), hex(iterator.value())});
        }
        return entries;
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) text.append(String.format("%02x", each));
        return text.toString();
    }
}
