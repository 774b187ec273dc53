import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.CommitMode;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Confluent's Parallel Consumer at the same work as our runner, one run per line of standard input:
 * "topic group records partitions maxConcurrency". Says "ready" once it has all partitions, then one line
 * "ms processed repeated outOfOrder atOnce" once as many records as announced were worked on and their offsets committed. Ends with its input.
 *
 * Record keys are "unit/number/microseconds": the unit is what must be kept in order, so the deserializer gives the consumer that alone.
 */
public final class KeyConcurrency {
    /** Key of a record: equal and ordered by its unit, and carrying its number and its work. */
    record Work(String unit, int number, int micros) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Work work && work.unit.equals(unit);
        }

        @Override
        public int hashCode() {
            return unit.hashCode();
        }
    }

    static final class WorkDeserializer implements Deserializer<Work> {
        @Override
        public Work deserialize(String topic, byte[] bytes) {
            String[] parts = new String(bytes).split("/");
            return new Work(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }
    }

    public static void main(String[] arguments) throws Exception {
        var orders = new LinkedBlockingQueue<String>();
        var reader = new Thread(() -> {
            new BufferedReader(new InputStreamReader(System.in)).lines().forEach(orders::add);
            // Whoever gave orders is done or gone: nobody waits for a run that is under way.
            System.exit(0);
        });
        reader.setDaemon(true);
        reader.start();
        while (true) {
            String[] words = orders.take().split(" ");
            run(arguments[0], words[0], words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]), Integer.parseInt(words[4]));
        }
    }

    private static void run(String brokers, String topic, String group, int records, int partitions, int maxConcurrency)
            throws Exception {
        var properties = new Properties();
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // One poll may bring all of a run, as a fetch of ours may.
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, String.valueOf(records));
        var consumer = new KafkaConsumer<>(properties, new WorkDeserializer(), new ByteArrayDeserializer());
        var options = ParallelConsumerOptions.<Work, byte[]>builder()
                .ordering(ProcessingOrder.KEY)
                .maxConcurrency(maxConcurrency)
                .commitMode(CommitMode.PERIODIC_CONSUMER_ASYNCHRONOUS)
                .consumer(consumer)
                .build();
        ParallelStreamProcessor<Work, byte[]> processor = ParallelStreamProcessor.createEosStreamProcessor(options);
        var assigned = new CountDownLatch(1);
        processor.subscribe(List.of(topic), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> revoked) {}

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> given) {
                if (given.size() == partitions) assigned.countDown();
            }
        });
        var first = new AtomicLong();
        var processed = new AtomicInteger();
        var repeated = new AtomicInteger();
        var outOfOrder = new AtomicInteger();
        var atOnce = new AtomicInteger();
        Map<String, Integer> last = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> busy = new ConcurrentHashMap<>();
        Map<Integer, Boolean> seen = new ConcurrentHashMap<>();
        var done = new CountDownLatch(1);
        var end = new AtomicLong();
        processor.poll(context -> {
            first.compareAndSet(0, System.nanoTime());
            Work work = context.getSingleConsumerRecord().key();
            var mine = busy.computeIfAbsent(work.unit(), unit -> new AtomicInteger());
            if (mine.incrementAndGet() > 1) atOnce.incrementAndGet();
            Integer before = last.put(work.unit(), work.number());
            if (before != null && before >= work.number()) outOfOrder.incrementAndGet();
            if (seen.put(work.number(), true) != null) repeated.incrementAndGet();
            sleep(work.micros() * 1_000L);
            mine.decrementAndGet();
            if (processed.incrementAndGet() == records) {
                end.set(System.nanoTime());
                done.countDown();
            }
        });
        assigned.await();
        System.out.println("ready");
        done.await();
        // Drains what is left and commits.
        processor.closeDrainFirst();
        System.out.printf(
                java.util.Locale.ROOT,
                "%.3f %d %d %d %d%n",
                (end.get() - first.get()) / 1e6,
                processed.get(),
                repeated.get(),
                outOfOrder.get(),
                atOnce.get());
    }

    /** As long as asked and hardly longer: `Thread.sleep` knows only whole milliseconds in Java 17. */
    private static void sleep(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = until - System.nanoTime()) LockSupport.parkNanos(left);
    }
}
