/*
 * The workloads of bench-world on ns-3, as a peer to be measured beside (`bench-ns3 [WHAT...]`):
 * bulk, loss, flows, connect, connect10k, idle. Two nodes, a point-to-point link, its own TCP with
 * the defaults that stand in the way set as Linux has them: segments of 1448 bytes, an initial
 * window of 10, buffers of 1.3 MB, no queue discipline above the device's queue. It carries a
 * payload as a length and makes no checksums.
 */
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <ns3/traffic-control-module.h>

#include "bench/measure.h"

using namespace ns3;

namespace
{

constexpr uint32_t WINDOW = 1300000, CHUNK = 65536, REQUEST = 100, REPLY = 1000;
constexpr uint16_t PORT = 80;

/* Two nodes and their link. */
struct Pair {
	NodeContainer nodes;
	NetDeviceContainer devices;
	Ipv4Address server;

	Pair(const char *rate, const char *delay, const char *queue)
	{
		PointToPointHelper link;
		InternetStackHelper stack;
		Ipv4AddressHelper addresses("10.0.1.0", "255.255.255.0");
		TrafficControlHelper discipline;

		nodes.Create(2);
		link.SetDeviceAttribute("DataRate", StringValue(rate));
		link.SetChannelAttribute("Delay", StringValue(delay));
		link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue(queue));
		devices = link.Install(nodes);
		stack.Install(nodes);
		server = addresses.Assign(devices).GetAddress(1);
		discipline.Uninstall(devices);
	}

	/* Of packets on the way to the server. */
	void Lose(double chance)
	{
		auto model = CreateObject<RateErrorModel>();

		model->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
		model->SetRate(chance);
		devices.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(model));
	}

	double Packets() const
	{
		double n = 0;

		for (uint32_t i = 0; i < 2; i++)
			n += DynamicCast<PointToPointNetDevice>(devices.Get(i))
				     ->GetQueue()
				     ->GetTotalReceivedPackets();
		return n;
	}

	Ptr<Socket> Open(uint32_t node) const
	{
		return Socket::CreateSocket(nodes.Get(node), TcpSocketFactory::GetTypeId());
	}
};

/* A server that takes what comes and, if it is to, answers each request. */
struct Server {
	bool answers;
	uint64_t received = 0, enough;
	unsigned accepted = 0;
	Ptr<Socket> listener;

	Server(const Pair &pair, bool answers, uint64_t enough) : answers(answers), enough(enough)
	{
		listener = pair.Open(1);
		listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
		listener->Listen();
		listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address &>(),
			MakeCallback(&Server::Accept, this));
	}

	void Accept(Ptr<Socket> socket, const Address &)
	{
		accepted++;
		socket->SetRecvCallback(MakeCallback(&Server::Take, this));
		socket->SetCloseCallbacks(
			MakeCallback(&Server::Close, this), MakeCallback(&Server::Close, this));
	}

	void Take(Ptr<Socket> socket)
	{
		while (Ptr<Packet> packet = socket->Recv()) {
			if (packet->GetSize() == 0)
				break;
			received += packet->GetSize();
			if (answers)
				socket->Send(Create<Packet>(REPLY));
		}
		if (received >= enough)
			Simulator::Stop();
	}

	void Close(Ptr<Socket> socket)
	{
		socket->Close();
	}
};

/* A source of so many bytes. */
struct Source {
	const Pair &pair;
	uint64_t left;
	Ptr<Socket> socket;

	Source(const Pair &pair, uint64_t bytes) : pair(pair), left(bytes)
	{
		socket = pair.Open(0);
		socket->SetConnectCallback(
			MakeCallback(&Source::Fill, this), MakeNullCallback<void, Ptr<Socket>>());
		socket->SetSendCallback(MakeCallback(&Source::Room, this));
		socket->Connect(InetSocketAddress(pair.server, PORT));
	}

	void Room(Ptr<Socket>, uint32_t)
	{
		Fill(socket);
	}

	void Fill(Ptr<Socket>)
	{
		while (left) {
			uint32_t room = socket->GetTxAvailable();
			uint32_t n = std::min<uint64_t>(std::min(room, CHUNK), left);

			if (n == 0 || socket->Send(Create<Packet>(n)) < 0)
				return;
			left -= n;
			if (left == 0)
				socket->Close();
		}
	}
};

/* A client that connects, asks, takes the answer and closes, and does it again. */
struct Client {
	const Pair &pair;
	unsigned left;
	unsigned *done, enough;
	bool keeps; /* the connection, after one answer */
	uint32_t answered = 0;
	Ptr<Socket> socket;

	Client(const Pair &pair, unsigned count, unsigned *done, unsigned enough,
		bool keeps = false)
	    : pair(pair), left(count), done(done), enough(enough), keeps(keeps)
	{
		Simulator::ScheduleNow(&Client::Connect, this);
	}

	void Connect()
	{
		answered = 0;
		socket = pair.Open(0);
		socket->SetConnectCallback(
			MakeCallback(&Client::Ask, this), MakeNullCallback<void, Ptr<Socket>>());
		socket->SetRecvCallback(MakeCallback(&Client::Take, this));
		socket->Connect(InetSocketAddress(pair.server, PORT));
	}

	void Ask(Ptr<Socket>)
	{
		socket->Send(Create<Packet>(REQUEST));
	}

	void Take(Ptr<Socket>)
	{
		while (Ptr<Packet> packet = socket->Recv()) {
			if (packet->GetSize() == 0)
				break;
			answered += packet->GetSize();
		}
		if (answered < REPLY || keeps)
			return;
		socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
		socket->Close();
		if (++*done == enough)
			Simulator::Stop();
		if (--left)
			Simulator::ScheduleNow(&Client::Connect, this);
	}
};

void Defaults()
{
	Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
	Config::SetDefault("ns3::TcpSocket::InitialCwnd", UintegerValue(10));
	Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(WINDOW));
	Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(WINDOW));
	Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpCubic"));
	Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
	Config::SetDefault("ns3::TcpSocket::DelAckTimeout", TimeValue(MilliSeconds(40)));
	/* The ports of TIME_WAIT are wanted again at once. */
	Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(0.001));
}

void Bulk(const char *name, const Pair &pair, unsigned flows, uint64_t bytes)
{
	Server server(pair, false, bytes / flows * flows);
	std::vector<std::unique_ptr<Source>> sources;

	for (unsigned i = 0; i < flows; i++)
		sources.push_back(std::make_unique<Source>(pair, bytes / flows));
	double began = cpu_seconds();

	Simulator::Run();
	report(name, pair.Packets(), "link packets", cpu_seconds() - began);
	Simulator::Destroy();
}

void Connect(unsigned at_once, unsigned connections)
{
	Pair pair("10Gbps", "50us", "1000000p");
	Server server(pair, true, UINT64_MAX);
	std::vector<std::unique_ptr<Client>> clients;
	unsigned done = 0;
	char name[64];

	for (unsigned i = 0; i < at_once; i++)
		clients.push_back(
			std::make_unique<Client>(pair, connections / at_once, &done, connections));
	double began = cpu_seconds();

	Simulator::Run();
	snprintf(name, sizeof(name), "connect, %u at once", at_once);
	if (done < connections)
		printf("bench-ns3: %u of %u connections came to their end\n", done, connections);
	report(name, done, "connections", cpu_seconds() - began);
	Simulator::Destroy();
}

void Idle(unsigned pairs)
{
	Pair pair("10Gbps", "50us", "1000000p");
	Server server(pair, true, UINT64_MAX);
	std::vector<std::unique_ptr<Client>> clients;
	unsigned done = 0;
	double before = resident_bytes();

	for (unsigned i = 0; i < pairs; i++)
		clients.push_back(std::make_unique<Client>(pair, 1, &done, pairs, true));
	Simulator::Stop(Seconds(10));
	Simulator::Run();
	report_idle(resident_bytes() - before, server.accepted);
	Simulator::Destroy();
}

bool Run(const std::string &what)
{
	if (what == "bulk") {
		Bulk("bulk", Pair("1Gbps", "5ms", "4000000B"), 1, 100000000);
	} else if (what == "loss") {
		Pair pair("1Gbps", "5ms", "4000000B");

		pair.Lose(0.01);
		Bulk("bulk, 1 % loss", pair, 1, 20000000);
	} else if (what == "flows") {
		Bulk("1000 flows", Pair("10Gbps", "5ms", "16000000B"), 1000, 100000000);
	} else if (what == "connect") {
		Connect(100, 2000);
	} else if (what == "connect10k") {
		Connect(10000, 10000);
	} else if (what == "idle") {
		Idle(10000);
	} else {
		fprintf(stderr, "bench-ns3: there is no '%s'\n", what.c_str());
		return false;
	}
	return true;
}

} // namespace

int main(int argc, char **argv)
{
	std::vector<std::string> what(argv + 1, argv + argc);

	if (what.empty())
		what = {"bulk", "loss", "flows", "connect", "connect10k", "idle"};
	printf("# ns-3 " NS3_VERSION ": windows of %u bytes, payload as a length, no checksums\n",
		WINDOW);
	Defaults();
	for (const auto &one : what)
		if (!Run(one))
			return 2;
	return 0;
}
