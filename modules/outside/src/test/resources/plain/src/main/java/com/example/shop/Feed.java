package com.example.shop;

import io.walwire.kafka.KafkaSink;
import io.walwire.kafka.KafkaValue;

public class Feed {
    public static void main(String[] args) {
        KafkaSink sink = KafkaSink.builder()
                .bootstrap("localhost:9092")
                .value(KafkaValue.debezium())
                .build();
        System.out.println("Made " + sink.getClass().getSimpleName());
    }
}
