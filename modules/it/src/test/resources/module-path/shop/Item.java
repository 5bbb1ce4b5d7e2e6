package shop;

public record Item(int id, double price, float weight) {}
