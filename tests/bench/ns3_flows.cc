/*
 * What bench-flows does, on ns-3: see flows.c for the words it takes and what it writes.
 *
 * ns-3's defaults are brought to where Linux's stand, so that what differs in the end is the
 * algorithms and the recovery: segments of 1448 bytes, an initial window of 10, a minimal
 * retransmission timeout of 200 ms, ACKs delayed by 40 ms at the most (by its 200 ms a window of
 * one segment would time out before each ACK, without end), buffers that limit nothing, no queue
 * discipline above the device's queue (but RED where it is asked for). SACK, timestamps, PRR and
 * delayed ACKs of every second segment it has by itself.
 */
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <ns3/traffic-control-module.h>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 5000;
constexpr uint32_t PIECE = 65536, DATA = 500; /* longer packets carry data */
constexpr int NO_ALGORITHM = 3;

const std::map<std::string, std::string> TYPES = {{"reno", "ns3::TcpLinuxReno"},
	{"cubic", "ns3::TcpCubic"}, {"dctcp", "ns3::TcpDctcp"}, {"vegas", "ns3::TcpVegas"},
	{"westwood", "ns3::TcpWestwood"}, {"bbr", "ns3::TcpBbr"}};

std::map<std::string, double> the = {{"rate", 1e7}, {"delay", 20}, {"queue", 65536}, {"red", 0},
	{"loss", 0}, {"seconds", 20}, {"from", 0}, {"sample", 0}, {"seed", 1}};
double drop_from = -1;
unsigned drop_count = 0;

/* Loses the first packets of data that the line took from a moment on, and others by chance. It
 * stands at the line's end. */
class Losses : public ErrorModel
{
	Ptr<UniformRandomVariable> random = CreateObject<UniformRandomVariable>();

	bool DoCorrupt(Ptr<Packet> packet) override
	{
		if (drop_count && packet->GetSize() > DATA &&
			Simulator::Now().GetSeconds() >= drop_from + the["delay"] / 1e3)
			return drop_count--;
		return the["loss"] > 0 && random->GetValue() < the["loss"];
	}

	void DoReset() override
	{
	}
};

struct Flow {
	std::string algorithm;
	double start = 0, delay_ms = 0;
	uint64_t received = 0, counted_from = 0;
	uint32_t cwnd = 0;
	Ptr<Node> node;
	Ptr<Socket> source, listener;

	void Window(uint32_t, uint32_t now)
	{
		cwnd = now;
	}

	void Fill(Ptr<Socket> socket, uint32_t)
	{
		while (uint32_t room = socket->GetTxAvailable())
			if (socket->Send(Create<Packet>(std::min(room, PIECE))) < 0)
				return;
	}

	void Connected(Ptr<Socket> socket)
	{
		Fill(socket, 0);
	}

	void Start(Ipv4Address to, uint16_t port)
	{
		source = Socket::CreateSocket(node, TcpSocketFactory::GetTypeId());
		source->TraceConnectWithoutContext(
			"CongestionWindow", MakeCallback(&Flow::Window, this));
		source->SetConnectCallback(MakeCallback(&Flow::Connected, this),
			MakeNullCallback<void, Ptr<Socket>>());
		source->SetSendCallback(MakeCallback(&Flow::Fill, this));
		source->Connect(InetSocketAddress(to, port));
	}

	void Take(Ptr<Socket> socket)
	{
		while (Ptr<Packet> packet = socket->Recv()) {
			if (packet->GetSize() == 0)
				break;
			received += packet->GetSize();
		}
	}

	void Accepted(Ptr<Socket> socket, const Address &)
	{
		socket->SetRecvCallback(MakeCallback(&Flow::Take, this));
	}

	void Listen(Ptr<Node> at, uint16_t port)
	{
		listener = Socket::CreateSocket(at, TcpSocketFactory::GetTypeId());
		listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
		listener->Listen();
		listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address &>(),
			MakeCallback(&Flow::Accepted, this));
	}
};

std::vector<std::unique_ptr<Flow>> flows;

void Defaults()
{
	Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
	Config::SetDefault("ns3::TcpSocket::InitialCwnd", UintegerValue(10));
	Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
	Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(32 << 20));
	Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
	Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(40)));
	Config::SetDefault("ns3::TcpWestwood::ProtocolType", EnumValue(TcpWestwood::WESTWOODPLUS));
	/* tcpsim's RED: a sixth and a half of the queue, 10 % at the upper one, "gentle". */
	Config::SetDefault("ns3::RedQueueDisc::UseEcn", BooleanValue(true));
	Config::SetDefault("ns3::RedQueueDisc::Gentle", BooleanValue(true));
	Config::SetDefault("ns3::RedQueueDisc::MinTh", DoubleValue(the["queue"] / 6));
	Config::SetDefault("ns3::RedQueueDisc::MaxTh", DoubleValue(the["queue"] / 2));
	Config::SetDefault("ns3::RedQueueDisc::LInterm", DoubleValue(10));
	Config::SetDefault(
		"ns3::RedQueueDisc::LinkBandwidth", DataRateValue(DataRate(uint64_t(the["rate"]))));
	Config::SetDefault("ns3::RedQueueDisc::LinkDelay", TimeValue(MilliSeconds(the["delay"])));
	Config::SetDefault("ns3::RedQueueDisc::MeanPktSize", UintegerValue(1500));
	if (the["red"])
		Config::SetDefault("ns3::TcpSocketBase::UseEcn", EnumValue(TcpSocketState::On));
	RngSeedManager::SetSeed(uint32_t(the["seed"]));
}

NetDeviceContainer Link(Ptr<Node> a, Ptr<Node> b, double rate, double delay_ms, std::string queue)
{
	PointToPointHelper link;

	link.SetDeviceAttribute("DataRate", DataRateValue(DataRate(uint64_t(rate))));
	link.SetChannelAttribute("Delay", TimeValue(NanoSeconds(int64_t(delay_ms * 1e6))));
	link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue(queue));
	return link.Install(a, b);
}

/* The address of the receiver. */
Ipv4Address Build()
{
	Ptr<Node> router = CreateObject<Node>(), receiver = CreateObject<Node>();
	std::string bytes = std::to_string(uint64_t(the["queue"])) + "B";
	InternetStackHelper stack;
	Ipv4AddressHelper addresses("10.0.1.0", "255.255.255.0");
	TrafficControlHelper none, red;
	NetDeviceContainer all, bottleneck;

	stack.Install(router);
	stack.Install(receiver);
	bottleneck = Link(router, receiver, the["rate"], the["delay"], the["red"] ? "1p" : bytes);
	bottleneck.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(CreateObject<Losses>()));
	Ipv4Address to = addresses.Assign(bottleneck).GetAddress(1);

	none.Uninstall(bottleneck);
	if (the["red"]) {
		red.SetRootQueueDisc("ns3::RedQueueDisc", "MaxSize", StringValue(bytes));
		red.Install(bottleneck.Get(0));
	}
	for (auto &flow : flows) {
		flow->node = CreateObject<Node>();
		stack.Install(flow->node);
		NetDeviceContainer access =
			Link(flow->node, router, 1e9, flow->delay_ms, "1000000p");

		addresses.NewNetwork();
		addresses.Assign(access);
		none.Uninstall(access);
		flow->node->GetObject<TcpL4Protocol>()->SetAttribute(
			"SocketType", TypeIdValue(TypeId::LookupByName(TYPES.at(flow->algorithm))));
	}
	/* DCTCP's receiver is another one too. */
	receiver->GetObject<TcpL4Protocol>()->SetAttribute(
		"SocketType", TypeIdValue(TypeId::LookupByName(TYPES.at(flows[0]->algorithm))));
	Ipv4GlobalRoutingHelper::PopulateRoutingTables();
	for (size_t i = 0; i < flows.size(); i++)
		flows[i]->Listen(receiver, PORT + i);
	return to;
}

void BeginCounting()
{
	for (auto &flow : flows)
		flow->counted_from = flow->received;
}

void Sample()
{
	for (size_t i = 0; i < flows.size(); i++)
		printf("sample\t%.4f\t%zu\t%u\t%llu\n", Simulator::Now().GetSeconds(), i,
			flows[i]->cwnd, (unsigned long long)flows[i]->received);
	Simulator::Schedule(Seconds(the["sample"]), Sample);
}

bool ReadFlow(const char *text)
{
	char name[32] = "";
	auto flow = std::make_unique<Flow>();

	if (sscanf(text, "%31[^:]:%lf:%lf", name, &flow->start, &flow->delay_ms) < 1)
		return false;
	flow->algorithm = name;
	flows.push_back(std::move(flow));
	return true;
}

bool ReadWord(const std::string &word)
{
	size_t equals = word.find('=');
	std::string key = word.substr(0, equals);
	const char *value = equals == std::string::npos ? "" : word.c_str() + equals + 1;

	if (key == "flow")
		return ReadFlow(value);
	if (key == "drop")
		return sscanf(value, "%lf:%u", &drop_from, &drop_count) == 2;
	if (the.count(key) == 0)
		return false;
	the[key] = atof(value);
	return true;
}

} // namespace

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!ReadWord(argv[i])) {
			fprintf(stderr, "bench-ns3_flows: '%s' is no key=value of its own\n",
				argv[i]);
			return 2;
		}
	}
	for (auto &flow : flows)
		if (TYPES.count(flow->algorithm) == 0)
			return NO_ALGORITHM;
	Defaults();
	Ipv4Address to = Build();

	for (size_t i = 0; i < flows.size(); i++)
		Simulator::Schedule(MicroSeconds(1) + Seconds(flows[i]->start), &Flow::Start,
			flows[i].get(), to, PORT + i);
	Simulator::Schedule(Seconds(the["from"]), BeginCounting);
	if (the["sample"] > 0)
		Simulator::Schedule(Seconds(the["sample"]), Sample);
	Simulator::Stop(Seconds(the["seconds"]));
	Simulator::Run();
	for (size_t i = 0; i < flows.size(); i++)
		printf("flow\t%zu\t%s\t%.0f\n", i, flows[i]->algorithm.c_str(),
			(flows[i]->received - flows[i]->counted_from) * 8.0 /
				(the["seconds"] - the["from"]));
	Simulator::Destroy();
	return 0;
}
