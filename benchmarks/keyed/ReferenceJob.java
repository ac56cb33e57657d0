import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The reference job in Kafka Streams, as its documentation has it: a stream, a processor with a persistent, cached
 * key-value store, a topic. Arguments: SERVERS TOPIC OUTPUTS TOTAL FOLDER. Marks itself at every million events.
 */
public final class ReferenceJob {
  private static final int EVERY = 8;
  private static final long CACHE_BYTES = 64L << 20;
  private static final long MARK_EVERY = 1_000_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the job needs of an event. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Event {
    public String account_id, event_name, occurred_at, message_id, feature;
  }

  /** What an event brings out. */
  public static final class Output {
    public String account_id, message_id, feature, reason = "hour_count";
    public int hour, hour_count;
    public long total;
    public double score;
  }

  /** The state of an account: 24 hours and 30 days. */
  static final class Account {
    long total;
    int hour;
    final int[] hours = new int[24];
    final int[] days = new int[30];

    int count(int now) {
      if (now > hour) {
        for (int passed = Math.max(hour + 1, now - 23); passed <= now; passed++) hours[passed % 24] = 0;
        for (int passed = Math.max(hour / 24 + 1, now / 24 - 29); passed <= now / 24; passed++) days[passed % 30] = 0;
        hour = now;
      }
      total++;
      days[now / 24 % 30]++;
      return ++hours[now % 24];
    }
  }

  static final class AccountSerde implements Serde<Account>, Serializer<Account>, Deserializer<Account> {
    @Override public Serializer<Account> serializer() { return this; }

    @Override public Deserializer<Account> deserializer() { return this; }

    @Override public void configure(Map<String, ?> settings, boolean isKey) {}

    @Override public void close() {}

    @Override public byte[] serialize(String topic, Account account) {
      if (account == null) return null;
      ByteBuffer bytes = ByteBuffer.allocate(240);
      bytes.putLong(account.total).putLong(0).putInt(account.hour).putInt(0);
      for (int count : account.hours) bytes.putInt(count);
      for (int count : account.days) bytes.putInt(count);
      return bytes.array();
    }

    @Override public Account deserialize(String topic, byte[] value) {
      if (value == null) return null;
      ByteBuffer bytes = ByteBuffer.wrap(value);
      Account account = new Account();
      account.total = bytes.getLong();
      bytes.getLong();
      account.hour = bytes.getInt();
      bytes.getInt();
      for (int at = 0; at < 24; at++) account.hours[at] = bytes.getInt();
      for (int at = 0; at < 30; at++) account.days[at] = bytes.getInt();
      return account;
    }
  }

  static final class Count implements Processor<String, Event, String, Output> {
    private static final Map<String, Integer> HOURS = new HashMap<>();
    private static long events = 0; // by one thread
    private final long total;
    private final CountDownLatch done;
    private ProcessorContext<String, Output> context;
    private KeyValueStore<String, Account> accounts;

    Count(long total, CountDownLatch done) {
      this.total = total;
      this.done = done;
    }

    @Override public void init(ProcessorContext<String, Output> given) {
      context = given;
      accounts = given.getStateStore("accounts");
    }

    @Override public void process(Record<String, Event> record) {
      if (events % MARK_EVERY == 0) mark(events);
      Event event = record.value();
      Account account = accounts.get(record.key());
      if (account == null) account = new Account();
      int hour = HOURS.computeIfAbsent(event.occurred_at.substring(0, 13), Count::hourOf);
      int inHour = account.count(hour);
      accounts.put(record.key(), account);
      if (inHour % EVERY == 0 || event.event_name.equals("closing")) {
        Output output = new Output();
        output.account_id = event.account_id;
        output.message_id = event.message_id;
        output.feature = event.feature;
        output.hour = hour;
        output.hour_count = inHour;
        output.total = account.total;
        output.score = inHour / (inHour + 50.0);
        context.forward(record.withValue(output));
      }
      if (++events == total) done.countDown();
    }

    private static int hourOf(String text) {
      return (int) (Instant.parse(text + ":00:00Z").getEpochSecond() / 3_600);
    }
  }

  /** Where this process is, as benchmarks/keyed/meter.py says it. */
  static void mark(long events) {
    double spent = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    try {
      String peak =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(line -> line.startsWith("VmHWM"))
              .findFirst()
              .orElseThrow();
      long megabytes = Long.parseLong(peak.replaceAll("\\D", "")) / 1024;
      System.out.printf(
          "{\"events\": %d, \"cpu_s\": %.3f, \"wall_s\": %.3f, \"rss_mb\": %d}%n",
          events, spent, System.nanoTime() / 1e9, megabytes);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    String topic = arguments[1], outputs = arguments[2];
    long total = Long.parseLong(arguments[3]);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, outputs);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[4]);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    ObjectReader reader = JSON.readerFor(Event.class);
    ObjectWriter writer = JSON.writerFor(Output.class);
    Deserializer<Event> read =
        (name, value) -> {
          try {
            return reader.readValue(value);
          } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
          }
        };
    Serializer<Output> write =
        (name, value) -> {
          try {
            return writer.writeValueAsBytes(value);
          } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
          }
        };
    Serializer<Event> never =
        (name, value) -> {
          throw new UnsupportedOperationException("events are only read");
        };
    Deserializer<Output> neither =
        (name, value) -> {
          throw new UnsupportedOperationException("outputs are only written");
        };
    CountDownLatch done = new CountDownLatch(1);
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("accounts"), Serdes.String(), new AccountSerde())
            .withCachingEnabled());
    builder
        .stream(topic, Consumed.with(Serdes.String(), Serdes.serdeFrom(never, read)))
        .process(() -> new Count(total, done), "accounts")
        .to(outputs, Produced.with(Serdes.String(), Serdes.serdeFrom(write, neither)));
    try (var streams = new KafkaStreams(builder.build(), settings)) {
      streams.start();
      done.await();
    }
    mark(total);
  }
}
